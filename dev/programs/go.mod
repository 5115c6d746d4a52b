// The programs of the development environment that are our own; nothing but the standard library.
module scap/dev/programs

go 1.25.0
