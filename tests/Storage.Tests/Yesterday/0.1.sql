-- A database of version 0.1 as pg_dump wrote it, without comments and settings.
SELECT pg_catalog.set_config('search_path', '', false);

CREATE SCHEMA snapshot_tasks;

CREATE FUNCTION snapshot_tasks.expect(written bigint, expected bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    if written <> expected then
        raise exception 'of % rows % were written: they were not held as they were read', expected, written using errcode = 'assert_failure';
    end if;
end
$$;

CREATE TABLE snapshot_tasks.schema_versions (
    version integer NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE snapshot_tasks.tasks (
    id bigint NOT NULL,
    project text NOT NULL,
    state text NOT NULL,
    request text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    attempt integer NOT NULL,
    released_attempts integer NOT NULL,
    lease_holder text,
    lease_expires_at timestamp with time zone,
    pictures text,
    failure_code text,
    failure_reason text,
    version bigint DEFAULT 1 NOT NULL,
    idempotency_key text,
    request_hash text,
    trace_parent text,
    failed boolean GENERATED ALWAYS AS ((failure_code IS NOT NULL)) STORED,
    CONSTRAINT a_key_with_its_hash CHECK (((idempotency_key IS NULL) = (request_hash IS NULL))),
    CONSTRAINT a_lease_exactly_while_running CHECK ((((lease_holder IS NOT NULL) = (state = 'Running'::text)) AND ((lease_expires_at IS NOT NULL) = (state = 'Running'::text)))),
    CONSTRAINT a_start_exactly_on_what_ran CHECK ((((started_at IS NOT NULL) = (state = ANY (ARRAY['Running'::text, 'Completed'::text]))) AND ((attempt > 0) = (started_at IS NOT NULL)))),
    CONSTRAINT an_end_exactly_on_what_ended CHECK (((ended_at IS NOT NULL) = (state = ANY (ARRAY['Completed'::text, 'Cancelled'::text])))),
    CONSTRAINT an_id_has_at_most_16_digits CHECK (((id >= 1) AND (id <= '9999999999999999'::bigint))),
    CONSTRAINT one_outcome_exactly_on_completed CHECK ((((((pictures IS NOT NULL))::integer + ((failure_code IS NOT NULL))::integer) = ((state = 'Completed'::text))::integer) AND ((failure_code IS NULL) = (failure_reason IS NULL)))),
    CONSTRAINT released_attempts_are_attempts CHECK (((released_attempts >= 0) AND (released_attempts <= attempt))),
    CONSTRAINT tasks_state_check CHECK ((state = ANY (ARRAY['Queued'::text, 'Running'::text, 'Completed'::text, 'Cancelled'::text])))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

ALTER TABLE snapshot_tasks.tasks ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME snapshot_tasks.tasks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    MAXVALUE 9999999999999999
    CACHE 1
);

INSERT INTO snapshot_tasks.schema_versions VALUES (1, '2026-11-27 07:51:09.093498+00');

INSERT INTO snapshot_tasks.tasks OVERRIDING SYSTEM VALUE VALUES (1, 'project', 'Completed', '{"input":{"bucket":"in","location":"north-1","path":"filme/Pr\u00FCfung \u2013 \u6D4B\u8BD5 \uD83C\uDFAC.mp4","file_name":"name.mp4"},"output":{"bucket":"out","location":"north-1","path":"pictures/of/it"},"sampling":{"kind":"Points","interval":"00:00:00","start":"00:00:00","duration":"00:00:00","points":["00:00:01","00:00:02.5000000"]},"user_data":"line 1\nline 2 \u0022quoted\u0022 \\ \u0027it\u0027 \u00E9 \uD83C\uDFAC xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","output_file_name":"picture.jpg","size":{"width":0,"height":0,"max_length":640},"black":{"amount":98,"threshold":32},"archive":false}', '2026-03-01 12:00:00+00', '2026-03-01 12:00:01+00', '2026-03-01 12:00:02+00', 1, 0, NULL, NULL, '["picture_1.jpg","bild \u00FC 2.jpg"]', NULL, NULL, 3, 'completed', 'a2614191af0d7c04fc966c12b236876deb5805fd1b3719da2f6de2d321058663', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', DEFAULT);
INSERT INTO snapshot_tasks.tasks OVERRIDING SYSTEM VALUE VALUES (2, 'project', 'Completed', '{"input":{"bucket":"in","location":"here","path":"video.mp4"},"output":{"bucket":"out","location":"here","path":"pictures"},"sampling":{"kind":"Interval","interval":"00:00:01","start":"00:00:00","duration":"00:00:00","points":[]},"archive":false}', '2026-03-01 12:00:02+00', '2026-03-01 12:00:02+00', '2026-03-01 12:00:03+00', 1, 0, NULL, NULL, NULL, 'InvalidFormat', 'The input is not a video.', 3, 'failed', '7f78070467181f66fd6173cd97de1c7ac424cbf3c8d71bf00e9e04e0263d8a1e', NULL, DEFAULT);
INSERT INTO snapshot_tasks.tasks OVERRIDING SYSTEM VALUE VALUES (3, 'project', 'Completed', '{"input":{"bucket":"in","location":"here","path":"video.mp4"},"output":{"bucket":"out","location":"here","path":"pictures"},"sampling":{"kind":"Interval","interval":"00:00:01","start":"00:00:00","duration":"00:00:00","points":[]},"archive":false}', '2026-03-01 12:00:03+00', '2026-03-01 12:00:03+00', '2026-03-01 12:00:04+00', 2, 0, NULL, NULL, NULL, 'SystemError', 'Given up: 1 attempts ended without an outcome.', 3, NULL, NULL, NULL, DEFAULT);
INSERT INTO snapshot_tasks.tasks OVERRIDING SYSTEM VALUE VALUES (4, 'project', 'Cancelled', '{"input":{"bucket":"in","location":"here","path":"video.mp4"},"output":{"bucket":"out","location":"here","path":"pictures"},"sampling":{"kind":"Interval","interval":"00:00:01","start":"00:00:00","duration":"00:00:00","points":[]},"archive":false}', '2026-03-01 12:00:04+00', NULL, '2026-03-01 12:00:05+00', 0, 0, NULL, NULL, NULL, NULL, NULL, 2, 'cancelled', '7f78070467181f66fd6173cd97de1c7ac424cbf3c8d71bf00e9e04e0263d8a1e', NULL, DEFAULT);
INSERT INTO snapshot_tasks.tasks OVERRIDING SYSTEM VALUE VALUES (5, 'project', 'Running', '{"input":{"bucket":"in","location":"here","path":"video.mp4"},"output":{"bucket":"out","location":"here","path":"pictures"},"sampling":{"kind":"Interval","interval":"00:00:01","start":"00:00:00","duration":"00:00:00","points":[]},"archive":false}', '2026-03-01 12:00:05+00', '2026-03-01 12:00:05+00', NULL, 2, 0, 'worker-at-work', '2026-03-01 13:00:06+00', NULL, NULL, NULL, 3, NULL, NULL, NULL, DEFAULT);
INSERT INTO snapshot_tasks.tasks OVERRIDING SYSTEM VALUE VALUES (6, 'project', 'Running', '{"input":{"bucket":"in","location":"north-1","path":"filme/Pr\u00FCfung \u2013 \u6D4B\u8BD5 \uD83C\uDFAC.mp4","file_name":"name.mp4"},"output":{"bucket":"out","location":"north-1","path":"pictures/of/it"},"sampling":{"kind":"Points","interval":"00:00:00","start":"00:00:00","duration":"00:00:00","points":["00:00:01","00:00:02.5000000"]},"user_data":"line 1\nline 2 \u0022quoted\u0022 \\ \u0027it\u0027 \u00E9 \uD83C\uDFAC xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","output_file_name":"picture.jpg","size":{"width":0,"height":0,"max_length":640},"black":{"amount":98,"threshold":32},"archive":false}', '2026-03-01 12:00:06+00', '2026-03-01 12:00:06+00', NULL, 1, 0, 'worker-at-work', '2026-03-01 13:00:06+00', NULL, NULL, NULL, 2, 'running', 'a2614191af0d7c04fc966c12b236876deb5805fd1b3719da2f6de2d321058663', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', DEFAULT);
INSERT INTO snapshot_tasks.tasks OVERRIDING SYSTEM VALUE VALUES (7, 'project', 'Running', '{"input":{"bucket":"in","location":"here","path":"video.mp4"},"output":{"bucket":"out","location":"here","path":"pictures"},"sampling":{"kind":"Interval","interval":"00:00:01","start":"00:00:00","duration":"00:00:00","points":[]},"archive":false}', '2026-03-01 12:00:06+00', '2026-03-01 12:00:06+00', NULL, 1, 0, 'worker-that-died', '2026-03-01 12:00:36+00', NULL, NULL, NULL, 2, 'expired', '7f78070467181f66fd6173cd97de1c7ac424cbf3c8d71bf00e9e04e0263d8a1e', NULL, DEFAULT);
INSERT INTO snapshot_tasks.tasks OVERRIDING SYSTEM VALUE VALUES (8, 'project', 'Running', '{"input":{"bucket":"in","location":"here","path":"video.mp4"},"output":{"bucket":"out","location":"here","path":"pictures"},"sampling":{"kind":"Interval","interval":"00:00:01","start":"00:00:00","duration":"00:00:00","points":[]},"archive":false}', '2026-03-01 12:00:06+00', '2026-03-01 12:00:06+00', NULL, 1, 0, 'worker-at-work', '2026-03-01 13:00:06+00', NULL, NULL, NULL, 1, NULL, NULL, NULL, DEFAULT);
INSERT INTO snapshot_tasks.tasks OVERRIDING SYSTEM VALUE VALUES (9, 'project', 'Running', '{"input":{"bucket":"in","location":"here","path":"video.mp4"},"output":{"bucket":"out","location":"here","path":"pictures"},"sampling":{"kind":"Interval","interval":"00:00:01","start":"00:00:00","duration":"00:00:00","points":[]},"archive":false}', '2026-03-01 12:00:06+00', '2026-03-01 12:00:06+00', NULL, 1, 1, '', '2026-03-01 12:00:06+00', NULL, NULL, NULL, 3, NULL, NULL, NULL, DEFAULT);
INSERT INTO snapshot_tasks.tasks OVERRIDING SYSTEM VALUE VALUES (10, 'project', 'Queued', '{"input":{"bucket":"in","location":"north-1","path":"filme/Pr\u00FCfung \u2013 \u6D4B\u8BD5 \uD83C\uDFAC.mp4","file_name":"name.mp4"},"output":{"bucket":"out","location":"north-1","path":"pictures/of/it"},"sampling":{"kind":"Points","interval":"00:00:00","start":"00:00:00","duration":"00:00:00","points":["00:00:01","00:00:02.5000000"]},"user_data":"line 1\nline 2 \u0022quoted\u0022 \\ \u0027it\u0027 \u00E9 \uD83C\uDFAC xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","output_file_name":"picture.jpg","size":{"width":0,"height":0,"max_length":640},"black":{"amount":98,"threshold":32},"archive":false}', '2026-03-01 12:00:06+00', NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, 1, 'queued', 'a2614191af0d7c04fc966c12b236876deb5805fd1b3719da2f6de2d321058663', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', DEFAULT);
INSERT INTO snapshot_tasks.tasks OVERRIDING SYSTEM VALUE VALUES (11, 'another', 'Queued', '{"input":{"bucket":"in","location":"here","path":"video.mp4"},"output":{"bucket":"out","location":"here","path":"pictures"},"sampling":{"kind":"Interval","interval":"00:00:01","start":"00:00:00","duration":"00:00:00","points":[]},"archive":false}', '2026-03-01 12:00:06+00', NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, 1, NULL, NULL, NULL, DEFAULT);

SELECT pg_catalog.setval('snapshot_tasks.tasks_id_seq', 12, true);

ALTER TABLE ONLY snapshot_tasks.schema_versions
    ADD CONSTRAINT schema_versions_pkey PRIMARY KEY (version);

ALTER TABLE ONLY snapshot_tasks.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);

CREATE UNIQUE INDEX tasks_by_key ON snapshot_tasks.tasks USING btree (project, idempotency_key) WHERE (idempotency_key IS NOT NULL);

CREATE INDEX tasks_leased ON snapshot_tasks.tasks USING btree (lease_expires_at, id) WHERE (state = 'Running'::text);

CREATE INDEX tasks_newest ON snapshot_tasks.tasks USING btree (project, created_at, id);

CREATE INDEX tasks_newest_by_state ON snapshot_tasks.tasks USING btree (project, state, failed, created_at, id);

CREATE INDEX tasks_queued ON snapshot_tasks.tasks USING btree (created_at, id) WHERE (state = 'Queued'::text);
