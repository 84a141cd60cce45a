-- What the page of the audit trail finds by: a request, an entry of people's activity by its id, reveals by time.
SET ROLE techally_audit;

-- safe: one scan of each month of the log; writers wait for it, so it runs with the other migrations before a release
CREATE INDEX audit_log_request_idx ON audit_log (request_id, occurred_at DESC, id DESC) WHERE request_id IS NOT NULL;
COMMENT ON INDEX audit_log_request_idx IS 'Everything of one request or job together';

RESET ROLE;
SET ROLE techally_owner;

-- safe: as above; sign-ins are few beside changes
CREATE INDEX user_activity_id_idx ON user_activity (id);
COMMENT ON INDEX user_activity_id_idx IS 'Finds one entry of the page of the audit trail';
-- safe: as above
CREATE INDEX user_activity_request_idx ON user_activity ((details ->> 'request'), "timestamp" DESC, id DESC) WHERE details ? 'request';
COMMENT ON INDEX user_activity_request_idx IS 'Exports and downloads of one request';
-- safe: as above
CREATE INDEX reveals_time_idx ON reveals (created_at DESC, id DESC);
COMMENT ON INDEX reveals_time_idx IS 'Reveals in the order of the page of the audit trail';
-- safe: as above
CREATE INDEX reveals_request_idx ON reveals (request_id, created_at DESC, id DESC) WHERE request_id IS NOT NULL;
COMMENT ON INDEX reveals_request_idx IS 'Reveals of one request';

RESET ROLE;
