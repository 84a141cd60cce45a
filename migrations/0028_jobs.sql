-- Long work: taken by one runner at a time under a lease, row by row, each row once.
SET ROLE techally_owner;

CREATE TABLE jobs (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    kind text NOT NULL CHECK (kind ~ '^[a-z_]+(\.[a-z_]+)*$' AND length(kind) <= 50),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
    args jsonb NOT NULL DEFAULT '{}',
    effects text[] NOT NULL DEFAULT '{}',
    only_one text CHECK (length(only_one) <= 200),
    state text NOT NULL DEFAULT 'waiting',
    priority smallint NOT NULL DEFAULT 0,
    owner_id uuid REFERENCES users (id),
    reverts uuid REFERENCES jobs (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    run_at timestamptz,
    run_from int NOT NULL DEFAULT 0,
    ended_at timestamptz,
    runner text,
    fence bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    attempts int NOT NULL DEFAULT 0,
    deaths int NOT NULL DEFAULT 0,
    stop_asked boolean NOT NULL DEFAULT false,
    place jsonb,
    result jsonb,
    total int NOT NULL DEFAULT 0,
    done int NOT NULL DEFAULT 0,
    failed int NOT NULL DEFAULT 0,
    not_eligible int NOT NULL DEFAULT 0,
    last_error text,
    CONSTRAINT chk_job_counts CHECK (total >= 0 AND done >= 0 AND failed >= 0 AND not_eligible >= 0 AND done + failed <= total),
    CONSTRAINT chk_job_lease CHECK (state <> 'running' OR (lease_until IS NOT NULL AND started_at IS NOT NULL AND runner IS NOT NULL)),
    CONSTRAINT chk_job_ended CHECK ((ended_at IS NOT NULL) = (state IN ('done', 'stopped', 'failed', 'quarantined')))
) WITH (fillfactor = 60);
CREATE UNIQUE INDEX jobs_only_one_idx ON jobs (only_one) WHERE only_one IS NOT NULL AND state IN ('waiting', 'running');
CREATE INDEX jobs_due_idx ON jobs (priority DESC, due_at, id) WHERE state IN ('waiting', 'running');
CREATE INDEX jobs_owner_idx ON jobs (owner_id, id DESC);
CREATE INDEX jobs_reverts_idx ON jobs (reverts) WHERE reverts IS NOT NULL;
COMMENT ON TABLE jobs IS 'Long work: previewed, waiting, running under a lease, or over; kept 90 days';
COMMENT ON COLUMN jobs.args IS 'What its kind needs to know';
COMMENT ON COLUMN jobs.effects IS 'What it changes, in sentences, as the preview said';
COMMENT ON COLUMN jobs.only_one IS 'No two jobs with the same words wait or run at a time';
COMMENT ON COLUMN jobs.fence IS 'Counts who took it: every write of a runner names the number it got, so that one that slept past its lease writes nothing';
COMMENT ON COLUMN jobs.attempts IS 'Tries that ended with an error since the last step forward';
COMMENT ON COLUMN jobs.deaths IS 'Runners that were lost since the last step forward; the third puts it into quarantine';
COMMENT ON COLUMN jobs.run_at IS 'When its last run began, for its speed';
COMMENT ON COLUMN jobs.run_from IS 'Rows that were over when its last run began';
COMMENT ON COLUMN jobs.place IS 'Where to go on, for work without rows';
COMMENT ON COLUMN jobs.total IS 'Rows to do, without those that are not eligible';

CREATE TABLE job_states (
    from_state text NOT NULL,
    to_state text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
COMMENT ON TABLE job_states IS 'Which state of a job can follow which; a trigger refuses the rest';
INSERT INTO job_states VALUES
    ('preview', 'waiting'),
    ('waiting', 'running'), ('waiting', 'stopped'),
    ('running', 'waiting'), ('running', 'done'), ('running', 'stopped'), ('running', 'failed'), ('running', 'quarantined'),
    ('stopped', 'waiting'), ('failed', 'waiting'), ('quarantined', 'waiting'), ('quarantined', 'stopped'), ('done', 'waiting');
SELECT audit_table('job_states', 'from_state,to_state');

CREATE FUNCTION job_state_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('preview', 'waiting') THEN
            RAISE EXCEPTION 'a job begins as preview or waiting, not as %', NEW.state USING ERRCODE = 'TA002';
        END IF;
    ELSIF NEW.state <> OLD.state AND NOT EXISTS (SELECT 1 FROM job_states WHERE from_state = OLD.state AND to_state = NEW.state) THEN
        RAISE EXCEPTION 'a job that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'TA002';
    ELSIF NEW.fence < OLD.fence THEN
        RAISE EXCEPTION 'the fence of a job never goes back' USING ERRCODE = 'TA002';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION job_state_follows() IS 'Guard of jobs: only the arrows of job_states';
CREATE TRIGGER job_state_follows BEFORE INSERT OR UPDATE OF state, fence ON jobs FOR EACH ROW EXECUTE FUNCTION job_state_follows();

CREATE TABLE job_rows (
    job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    n int NOT NULL CHECK (n > 0),
    subject uuid NOT NULL,
    label text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed', 'not_eligible')),
    why text,
    undo jsonb,
    ended_at timestamptz,
    PRIMARY KEY (job_id, n),
    UNIQUE (job_id, subject),
    CONSTRAINT chk_job_row_why CHECK ((why IS NOT NULL) = (state IN ('failed', 'not_eligible')))
) WITH (fillfactor = 80);
CREATE INDEX job_rows_waiting_idx ON job_rows (job_id, n) WHERE state = 'waiting';
CREATE INDEX job_rows_trouble_idx ON job_rows (job_id, state, n) WHERE state IN ('failed', 'not_eligible');
COMMENT ON TABLE job_rows IS 'What a job works on, fixed at its preview, and what became of each';
COMMENT ON COLUMN job_rows.subject IS 'Id of the order (or other record); no foreign key, as its month may be archived while the job is kept';
COMMENT ON COLUMN job_rows.undo IS 'What a revert needs to know: what was there before and after';

CREATE TABLE job_schedules (
    kind text PRIMARY KEY CHECK (length(kind) <= 50),
    planned_for timestamp NOT NULL,
    job_id uuid
);
COMMENT ON TABLE job_schedules IS 'The last time that a scheduled kind was enqueued for, by the shop''s clock on the wall, so that each time comes once';

-- safe: the table is small, and its rows keep the kinds that it had
ALTER TABLE inbox_items DROP CONSTRAINT inbox_items_kind_check;
ALTER TABLE inbox_items ADD CONSTRAINT inbox_items_kind_check CHECK (kind IN ('mention', 'assignment', 'job')) NOT VALID;
ALTER TABLE inbox_items VALIDATE CONSTRAINT inbox_items_kind_check;
ALTER TABLE inbox_items ADD COLUMN job_id uuid REFERENCES jobs (id) ON DELETE CASCADE;
-- safe: the column is new, so that the index has no row to read
CREATE INDEX inbox_items_job_idx ON inbox_items (job_id) WHERE job_id IS NOT NULL;
COMMENT ON TABLE inbox_items IS 'What a person should see: mentions in notes, orders given to them, jobs that ended';

INSERT INTO audit_columns
SELECT 'jobs', c, 'ignored' FROM unnest(ARRAY['args', 'effects', 'due_at', 'started_at', 'run_at', 'run_from', 'runner', 'fence', 'lease_until', 'attempts', 'deaths',
    'place', 'result', 'done', 'failed', 'last_error']) AS c;
INSERT INTO audit_exemptions SELECT 'job_rows', o, 'A record of work, written with its job: the acts behind it are audited with the job as their request, the job itself too'
FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS o;
INSERT INTO audit_exemptions SELECT 'job_schedules', o, 'When something was enqueued; the job itself is audited' FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS o;
SELECT audit_table('jobs', 'id');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON job_rows FOR EACH STATEMENT EXECUTE FUNCTION audit_truncate('job_rows');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON job_schedules FOR EACH STATEMENT EXECUTE FUNCTION audit_truncate('job_schedules');

GRANT SELECT, INSERT, DELETE ON jobs TO techally_admin;
GRANT UPDATE (state, due_at, started_at, run_at, run_from, ended_at, runner, fence, lease_until, attempts, deaths, stop_asked, place, result,
              total, done, failed, not_eligible, last_error, effects, args, title) ON jobs TO techally_admin;
GRANT SELECT, INSERT, DELETE ON job_rows TO techally_admin;
GRANT UPDATE (state, why, undo, ended_at) ON job_rows TO techally_admin;
GRANT SELECT, INSERT ON job_schedules TO techally_admin;
GRANT UPDATE (planned_for, job_id) ON job_schedules TO techally_admin;
GRANT SELECT ON job_states TO techally_admin;

DO $$
DECLARE
    t text;
    old_end text := 'SELECT ''what left the house was paid''';
    new_part text := 'SELECT ''a job''''s counts are those of its rows'', count(*) FROM jobs j
    JOIN (SELECT job_id, count(*) FILTER (WHERE state = ''done'') AS done, count(*) FILTER (WHERE state = ''failed'') AS failed,
                 count(*) FILTER (WHERE state = ''not_eligible'') AS not_eligible, count(*) FILTER (WHERE state <> ''not_eligible'') AS total
          FROM job_rows GROUP BY 1) r ON r.job_id = j.id
    WHERE (j.done, j.failed, j.not_eligible, j.total) <> (r.done, r.failed, r.not_eligible, r.total)
    UNION ALL
    ';
    checks text := pg_get_functiondef('check_invariants()'::regprocedure);
BEGIN
    FOREACH t IN ARRAY ARRAY['jobs', 'job_rows', 'job_schedules', 'job_states'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY staff ON %I FOR ALL TO techally_admin USING (true) WITH CHECK (true)', t);
    END LOOP;
    -- the rest of the function stays word for word
    IF position(old_end IN checks) = 0 THEN
        RAISE EXCEPTION 'check_invariants() is not the one that this migration changes';
    END IF;
    EXECUTE replace(checks, old_end, new_part || old_end);
END $$;

RESET ROLE;
