-- The account that first signed in by the name: names may be given to somebody else, subjects of an issuer are not.
-- Both are absent until somebody signs in by a provider that tells subjects.
ALTER TABLE people ADD COLUMN issuer TEXT;
ALTER TABLE people ADD COLUMN subject TEXT;
-- Of the columns that there were, as for the factors of version 1.
UPDATE identity_seals SET name = 'people of version 2' WHERE name = 'people';
