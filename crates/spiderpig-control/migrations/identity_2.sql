-- `last_step` of a passkey is its counter.
-- What a person calls a passkey, and when a second factor was shown last; nothing of either is known of what was there before.
ALTER TABLE factors ADD COLUMN name TEXT;
ALTER TABLE factors ADD COLUMN used INTEGER;
-- Of the columns that there were: whoever opens the file next has the key, looks whether it holds, and seals the table anew.
UPDATE identity_seals SET name = 'second factors of version 1' WHERE name = 'second factors';
