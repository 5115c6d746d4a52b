//! In: HTTP and WebSocket of browsers, and the folder of the page.
//! Out: questions on web.sock, and what the runner answers them.
//! Never: a journal; a key; a secret but the token that a browser holds; a rule of who may do what.
