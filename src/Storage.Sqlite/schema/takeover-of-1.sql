-- The first files of version 0.1 had no keys: this is what brought them to its second schema.
alter table tasks add column idempotency_key text;
alter table tasks add column request_hash text check ((request_hash is null) = (idempotency_key is null));
alter table tasks add column trace_parent text;
