-- Files in the S3 storage: who they are for, what is in them, and how long they are kept.
SET ROLE techally_owner;

CREATE TABLE files (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    purpose text NOT NULL CHECK (purpose IN ('export', 'picture')),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200 AND name !~ '[[:cntrl:]/\\]'),
    content_type text NOT NULL CHECK (content_type ~ '^[a-z]+/[a-zA-Z0-9.+-]+(; charset=utf-8)?$' AND length(content_type) <= 100),
    state text NOT NULL DEFAULT 'writing' CHECK (state IN ('writing', 'ready', 'gone')),
    bytes bigint CHECK (bytes >= 0),
    sha256 bytea CHECK (length(sha256) = 32),
    key text GENERATED ALWAYS AS (purpose || '/' || left(encode(sha256, 'hex'), 2) || '/' || substr(encode(sha256, 'hex'), 3, 2) || '/' || encode(sha256, 'hex')) STORED,
    upload_id text CHECK (length(upload_id) BETWEEN 1 AND 1000),
    owner_id uuid REFERENCES users (id),
    job_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    written_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    dropped_at timestamptz,
    CONSTRAINT chk_file_content CHECK (state = 'writing' OR state = 'gone' OR (sha256 IS NOT NULL AND bytes IS NOT NULL AND upload_id IS NULL)),
    CONSTRAINT chk_file_export CHECK (purpose <> 'export' OR (owner_id IS NOT NULL AND expires_at IS NOT NULL)),
    CONSTRAINT chk_file_expires CHECK (expires_at > created_at),
    CONSTRAINT chk_file_dropped CHECK (dropped_at IS NULL OR state = 'gone')
);
CREATE INDEX files_key_idx ON files (key) WHERE state <> 'gone';
CREATE INDEX files_owner_idx ON files (owner_id, created_at DESC) WHERE owner_id IS NOT NULL;
CREATE INDEX files_job_idx ON files (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX files_expires_idx ON files (expires_at) WHERE state = 'ready';
CREATE INDEX files_writing_idx ON files (written_at) WHERE state = 'writing';
CREATE INDEX files_gone_idx ON files (id) WHERE state = 'gone' AND dropped_at IS NULL;
COMMENT ON TABLE files IS 'Files in the S3 storage. Rows with the same contents share one object, which goes with the last of them; rows of files that are gone are kept 90 days';
COMMENT ON COLUMN files.name IS 'What people call it, and what a download is called';
COMMENT ON COLUMN files.state IS 'writing, ready, or gone: expired, given up, or taken back';
COMMENT ON COLUMN files.sha256 IS 'SHA-256 of the contents. A file that is still writing has it from when its object is about to be there, so that nobody deletes that';
COMMENT ON COLUMN files.key IS 'Name of the object, made of its contents';
COMMENT ON COLUMN files.upload_id IS 'The multipart upload that its parts are in';
COMMENT ON COLUMN files.job_id IS 'The job that writes it; no foreign key, as jobs are deleted before the files that they made';
COMMENT ON COLUMN files.written_at IS 'When a part was last stored, or the file became ready: one that is not written to for a day is given up';
COMMENT ON COLUMN files.dropped_at IS 'When what it had in the storage was deleted, or found to be needed by another';
INSERT INTO audit_columns VALUES ('files', 'name', 'personal'), ('files', 'upload_id', 'ignored'), ('files', 'written_at', 'ignored'),
    ('files', 'dropped_at', 'ignored');
SELECT audit_table('files', 'id');

GRANT SELECT, DELETE ON files TO techally_admin;
GRANT INSERT (purpose, name, content_type, owner_id, job_id, expires_at) ON files TO techally_admin;
GRANT UPDATE (state, bytes, sha256, upload_id, written_at, expires_at, dropped_at) ON files TO techally_admin;
ALTER TABLE files ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON files FOR ALL TO techally_admin USING (true) WITH CHECK (true);

RESET ROLE;
