-- Who looks after feedback, and what came of it.
ALTER TABLE feedback ADD COLUMN state TEXT NOT NULL DEFAULT 'new';   -- new, taken, mended, fine
ALTER TABLE feedback ADD COLUMN owner TEXT;
ALTER TABLE feedback ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
