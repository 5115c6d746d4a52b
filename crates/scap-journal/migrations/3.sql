-- Finding what is to be carried out stays cheap among very many runs that have ended.
CREATE INDEX open_runs ON runs (run) WHERE outcome IS NULL;
