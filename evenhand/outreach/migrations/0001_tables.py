"""pre: contact events and the contact queue in weekly partitions, and the keys under which contacts were asked for."""

import django.contrib.postgres.fields
from django.db import migrations, models

TABLES = """
CREATE TABLE contact_event (
  id uuid NOT NULL,
  at timestamptz NOT NULL,
  customer_id uuid NOT NULL,
  origin text NOT NULL,
  direction text NOT NULL,
  act text NOT NULL,
  to_key text NOT NULL,
  role text NOT NULL,
  debts text[] NOT NULL,
  collector text NOT NULL,
  actor text NOT NULL,
  place text NOT NULL,
  point text NOT NULL,
  purpose text NOT NULL,
  basis text NOT NULL,
  assumed text NOT NULL,
  more json NOT NULL,
  request_key text NOT NULL,
  asked_by text NOT NULL,
  recorded_at timestamptz NOT NULL,
  reserved_until timestamptz,
  decision text NOT NULL,
  verdict json NOT NULL,
  facts json NOT NULL,
  packs text[] NOT NULL,
  facts_seq bigint NOT NULL,
  row_hash bytea NOT NULL,

  state text NOT NULL,
  state_reason text NOT NULL DEFAULT '',
  state_verdict json,
  sent_at timestamptz,
  ended_at timestamptz,
  closed_at timestamptz,
  outcome text NOT NULL DEFAULT '',
  typed_result text NOT NULL DEFAULT '',
  talk_seconds integer,
  verified boolean,
  conversation_at timestamptz,
  line_record jsonb,
  learnt json,
  contradiction boolean NOT NULL DEFAULT false,
  reviewed_at timestamptz,
  reviewed_by text NOT NULL DEFAULT '',
  PRIMARY KEY (id, at),
  CONSTRAINT contact_event_is_of_a_known_state CHECK (
    state IN ('RESERVED', 'SENT', 'ENDED', 'RELEASED', 'LAPSED', 'REFUSED', 'REPORTED')),
  CONSTRAINT contact_event_is_of_a_known_origin CHECK (
    origin IN ('ASKED', 'QUEUED', 'REPORTED_LATE', 'INBOUND')),
  CONSTRAINT contact_event_decision_is_known CHECK (decision IN ('ALLOW', 'REVIEW', 'DENY', 'NONE')),
  CONSTRAINT contact_event_refused_iff_not_allowed CHECK (
    (state = 'REFUSED') = (origin IN ('ASKED', 'QUEUED') AND decision <> 'ALLOW')),
  CONSTRAINT contact_event_reserved_iff_permitted CHECK (
    (reserved_until IS NOT NULL) = (origin IN ('ASKED', 'QUEUED') AND decision = 'ALLOW')),
  CONSTRAINT contact_event_talk_is_not_negative CHECK (talk_seconds >= 0),
  CONSTRAINT contact_event_is_recorded_in_its_time CHECK (
    recorded_at = at OR origin IN ('REPORTED_LATE', 'INBOUND') AND recorded_at > at),
  CONSTRAINT contact_event_texts_are_one_line CHECK (
    to_key || point || request_key || asked_by !~ '[[:cntrl:]]')
) PARTITION BY RANGE (at);
CREATE INDEX contact_event_of_person ON contact_event (customer_id, at DESC);
CREATE INDEX contact_event_heard ON contact_event (customer_id, at) WHERE direction = 'IN' OR learnt IS NOT NULL;
CREATE INDEX contact_event_to_review ON contact_event (at) WHERE contradiction AND reviewed_at IS NULL;

CREATE TABLE contact_queue (
  id uuid NOT NULL,
  not_before timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  priority integer NOT NULL,
  customer_id uuid NOT NULL,
  facts_seq bigint NOT NULL,
  asked json NOT NULL,
  request_key text NOT NULL,
  asked_by text NOT NULL,
  queued_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'QUEUED',
  state_reason text NOT NULL DEFAULT '',
  decided_at timestamptz,
  event_id uuid,
  event_at timestamptz,
  PRIMARY KEY (id, not_before),
  CONSTRAINT contact_queue_is_of_a_known_state CHECK (
    state IN ('QUEUED', 'TAKEN', 'REFUSED', 'VOID', 'EXPIRED')),
  CONSTRAINT contact_queue_expires_within_a_week CHECK (
    expires_at > not_before AND expires_at <= not_before + interval '7 days'),
  CONSTRAINT contact_queue_decided_iff_not_queued CHECK ((state = 'QUEUED') = (decided_at IS NULL)),
  CONSTRAINT contact_queue_has_its_event_iff_judged CHECK (
    (state IN ('TAKEN', 'REFUSED')) = (event_id IS NOT NULL))
) PARTITION BY RANGE (not_before);
CREATE INDEX contact_queue_next ON contact_queue (not_before, priority DESC, id) WHERE state = 'QUEUED';
CREATE INDEX contact_queue_of_person ON contact_queue (customer_id, not_before DESC);

CREATE TABLE contact_request (
  key text PRIMARY KEY,
  digest bytea NOT NULL,
  customer_id uuid NOT NULL,
  event_id uuid,
  event_at timestamptz,
  entry_id uuid,
  entry_at timestamptz,
  CONSTRAINT contact_request_digest_is_sha256 CHECK (octet_length(digest) = 32),
  CONSTRAINT contact_request_is_answered_or_queued CHECK (num_nonnulls(event_id, entry_id) = 1)
);
"""

WEEKS = """
-- Weeks begin on Monday, 00:00 UTC. The app role reaches partitions through their table only. Rows lie in them as they
-- are: to compress the facts of each contact would cost the gate more than it saves.
CREATE FUNCTION contact_make_weeks(p_first date, p_last date, p_app_role text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_monday date := date_trunc('week', p_first)::date;
  v_made integer := 0;
  v_table text;
  v_name text;
BEGIN
  WHILE v_monday <= p_last LOOP
    FOREACH v_table IN ARRAY ARRAY['contact_event', 'contact_queue'] LOOP
      v_name := v_table || '_' || to_char(v_monday, 'YYYYMMDD');
      IF to_regclass(v_name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L) WITH (fillfactor = 85, toast_tuple_target = 8160)',
          v_name, v_table, v_monday || ' 00:00:00+00', (v_monday + 7) || ' 00:00:00+00');
        EXECUTE format('REVOKE ALL ON %I FROM %I', v_name, p_app_role);
        v_made := v_made + 1;
      END IF;
    END LOOP;
    v_monday := v_monday + 7;
  END LOOP;
  RETURN v_made;
END $$;
"""

RIGHTS = """
DO $$
DECLARE v_role text := current_setting('evenhand.app_role');
BEGIN
  EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON contact_event, contact_queue, contact_request FROM %I', v_role);
  EXECUTE format('GRANT UPDATE (state, state_reason, state_verdict, sent_at, ended_at, closed_at, outcome,'
    ' typed_result, talk_seconds, verified, conversation_at, line_record, learnt, contradiction, reviewed_at,'
    ' reviewed_by) ON contact_event TO %I', v_role);
  EXECUTE format('GRANT UPDATE (state, state_reason, decided_at, event_id, event_at) ON contact_queue TO %I', v_role);
END $$;
"""

KEPT = """
-- What was judged stays as it was; what became of it moves forward only.
CREATE FUNCTION contact_event_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.id, OLD.at, OLD.customer_id, OLD.origin, OLD.direction, OLD.act, OLD.to_key, OLD.role, OLD.debts,
      OLD.collector, OLD.actor, OLD.place, OLD.point, OLD.purpose, OLD.basis, OLD.assumed, OLD.more::text,
      OLD.request_key, OLD.asked_by, OLD.recorded_at, OLD.reserved_until, OLD.decision, OLD.verdict::text,
      OLD.facts::text, OLD.packs, OLD.facts_seq, OLD.row_hash)
     IS DISTINCT FROM
     (NEW.id, NEW.at, NEW.customer_id, NEW.origin, NEW.direction, NEW.act, NEW.to_key, NEW.role, NEW.debts,
      NEW.collector, NEW.actor, NEW.place, NEW.point, NEW.purpose, NEW.basis, NEW.assumed, NEW.more::text,
      NEW.request_key, NEW.asked_by, NEW.recorded_at, NEW.reserved_until, NEW.decision, NEW.verdict::text,
      NEW.facts::text, NEW.packs, NEW.facts_seq, NEW.row_hash) THEN
    RAISE EXCEPTION 'what was judged about contact % is kept as it was', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
       ('RESERVED', 'SENT'), ('RESERVED', 'ENDED'), ('RESERVED', 'RELEASED'), ('RESERVED', 'LAPSED'),
       ('SENT', 'ENDED'), ('SENT', 'RELEASED')) THEN
    RAISE EXCEPTION 'contact % is % and cannot become %', OLD.id, OLD.state, NEW.state
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER contact_event_is_kept BEFORE UPDATE ON contact_event
  FOR EACH ROW EXECUTE FUNCTION contact_event_keep();
"""

DROPPED = """
DROP TABLE contact_event, contact_queue, contact_request;
DROP FUNCTION contact_event_keep, contact_make_weeks;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("portfolio", "0001_initial"),
        ("casework", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(TABLES + RIGHTS + WEEKS + KEPT, DROPPED),
        migrations.RunSQL(
            "SELECT contact_make_weeks(current_date - 70, current_date + 70, current_setting('evenhand.app_role'))",
            migrations.RunSQL.noop,
        ),
        migrations.CreateModel(
            name="ContactEvent",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("customer_id", models.UUIDField()),
                (
                    "origin",
                    models.TextField(
                        choices=[
                            ("ASKED", "Asked"),
                            ("QUEUED", "Queued"),
                            ("REPORTED_LATE", "Reported Late"),
                            ("INBOUND", "Inbound"),
                        ]
                    ),
                ),
                ("direction", models.TextField()),
                ("act", models.TextField()),
                ("to_key", models.TextField()),
                ("role", models.TextField()),
                (
                    "debts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
                ("collector", models.TextField()),
                ("actor", models.TextField()),
                ("place", models.TextField()),
                ("point", models.TextField()),
                ("purpose", models.TextField()),
                ("basis", models.TextField()),
                ("assumed", models.TextField()),
                ("more", models.JSONField()),
                ("request_key", models.TextField()),
                ("asked_by", models.TextField()),
                ("recorded_at", models.DateTimeField()),
                ("reserved_until", models.DateTimeField(null=True)),
                ("decision", models.TextField()),
                ("verdict", models.JSONField()),
                ("facts", models.JSONField()),
                (
                    "packs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
                ("facts_seq", models.BigIntegerField()),
                ("row_hash", models.BinaryField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("RESERVED", "Reserved"),
                            ("SENT", "Sent"),
                            ("ENDED", "Ended"),
                            ("RELEASED", "Released"),
                            ("LAPSED", "Lapsed"),
                            ("REFUSED", "Refused"),
                            ("REPORTED", "Reported"),
                        ]
                    ),
                ),
                ("state_reason", models.TextField()),
                ("state_verdict", models.JSONField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("outcome", models.TextField()),
                ("typed_result", models.TextField()),
                ("talk_seconds", models.IntegerField(null=True)),
                ("verified", models.BooleanField(null=True)),
                ("conversation_at", models.DateTimeField(null=True)),
                ("line_record", models.JSONField(null=True)),
                ("learnt", models.JSONField(null=True)),
                ("contradiction", models.BooleanField()),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("reviewed_by", models.TextField()),
            ],
            options={
                "db_table": "contact_event",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="ContactQueue",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("not_before", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("priority", models.IntegerField()),
                ("customer_id", models.UUIDField()),
                ("facts_seq", models.BigIntegerField()),
                ("asked", models.JSONField()),
                ("request_key", models.TextField()),
                ("asked_by", models.TextField()),
                ("queued_at", models.DateTimeField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("QUEUED", "Queued"),
                            ("TAKEN", "Taken"),
                            ("REFUSED", "Refused"),
                            ("VOID", "Void"),
                            ("EXPIRED", "Expired"),
                        ]
                    ),
                ),
                ("state_reason", models.TextField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("event_id", models.UUIDField(null=True)),
                ("event_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "contact_queue",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="ContactRequest",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False)),
                ("digest", models.BinaryField()),
                ("customer_id", models.UUIDField()),
                ("event_id", models.UUIDField(null=True)),
                ("event_at", models.DateTimeField(null=True)),
                ("entry_id", models.UUIDField(null=True)),
                ("entry_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "contact_request",
                "managed": False,
            },
        ),
    ]
