"""pre: the gate's functions: its clock, the facts of people under their locks, the next of the queue, and the writing."""

from django.db import migrations

CLOCK = """
-- The only clock of the gate. A simulation replaces it; a live database refuses to see it replaced.
CREATE FUNCTION gate_clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()';
"""

HASH = """
-- sha256 over what is kept as it was, parts joined by the unit separator, instants as seconds since 1970.
CREATE FUNCTION contact_event_hash(e contact_event) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(convert_to(concat_ws(chr(31), e.id, extract(epoch FROM e.at), e.customer_id, e.origin, e.direction,
    e.act, e.to_key, e.role, to_json(e.debts), e.collector, e.actor, e.place, e.point, e.purpose, e.basis, e.assumed,
    e.more, e.request_key, e.asked_by, extract(epoch FROM e.recorded_at),
    coalesce(extract(epoch FROM e.reserved_until)::text, ''), e.decision, e.verdict, e.facts, to_json(e.packs),
    e.facts_seq), 'UTF8'))
$$;
"""

FACTS = """
-- The facts of people as compliance.facts.Facts stores them, all but the act. In the caller's snapshot.
CREATE FUNCTION gate_facts(p_people uuid[], p_at timestamptz, p_lookback interval, p_zone text, p_except uuid[])
RETURNS TABLE (customer_id uuid, facts_seq bigint, facts text) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  SELECT p.id, p.facts_seq, json_build_object(
    'person', p.id,
    'locations', json_build_array(json_build_array('PORTFOLIO', p_zone)),
    'debts', coalesce((SELECT json_agg(json_build_array(a.account_key::text, 'CREDIT_CARD', '') ORDER BY a.account_key)
        FROM casework_case c JOIN casework_caseaccount a ON a.case_id = c.id
       WHERE c.customer_id = p.id AND a.left_on IS NULL), '[]'),
    'events', coalesce((SELECT json_agg(json_build_array(coalesce(e.sent_at, e.at), e.act, e.direction, e.to_key,
          e.role, e.debts, e.collector, e.actor, e.outcome, e.place, e.point, e.talk_seconds, e.verified,
          CASE WHEN e.learnt IS NULL THEN e.more ELSE (e.more::jsonb || e.learnt::jsonb)::json END) ORDER BY e.at)
        FROM contact_event e
       WHERE e.customer_id = p.id AND e.at >= p_at - p_lookback
         AND e.state IN ('RESERVED', 'SENT', 'ENDED', 'REPORTED') AND e.id <> ALL (p_except)), '[]'),
    'holds', coalesce((SELECT json_agg(json_build_array(h.reason, h.from_on::timestamp AT TIME ZONE p_zone,
          least(h.until_on::timestamp AT TIME ZONE p_zone, h.lifted_at), h.debts, h.effects, '{}'::json)
          ORDER BY h.id)
        FROM casework_hold h
       WHERE h.customer_id = p.id
         AND (h.lifted_at IS NULL OR h.lifted_at > p_at - p_lookback)
         AND (h.until_on IS NULL OR h.until_on > (p_at - p_lookback)::date - 1)), '[]'),
    'standing', coalesce((SELECT json_agg(json_build_array(s.kind, s.from_at, least(s.until_at, s.ended_at), s.debts,
          s.detail) ORDER BY s.id)
        FROM portfolio_standingfact s
       WHERE s.customer_id = p.id
         AND (s.until_at IS NULL OR s.until_at > p_at - p_lookback)
         AND (s.ended_at IS NULL OR s.ended_at > p_at - p_lookback)), '[]'),
    'known', coalesce((SELECT json_build_object('dpd', (p_at AT TIME ZONE p_zone)::date - c.overdue_from_on)
        FROM casework_case c
       WHERE c.customer_id = p.id AND c.state = 'OPEN' AND c.overdue_from_on IS NOT NULL), '{}')
    )::text
    FROM portfolio_person p
   WHERE p.id = ANY (p_people);
END $$;
"""

OPEN = """
-- Lock the person; then, in statements of their own, look for an earlier answer, read the clock and the facts. `law`
-- holds the digests of the packs in force.
CREATE FUNCTION gate_open(p_customer uuid, p_key text, p_at timestamptz, p_lookback interval, p_zone text,
                          p_except uuid[])
RETURNS TABLE (at timestamptz, law text[], facts_seq bigint, facts text, digest bytea, event_id uuid, entry_id uuid)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM FROM portfolio_person p WHERE p.id = p_customer FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF p_key <> '' THEN
    SELECT r.digest, r.event_id, r.entry_id INTO digest, event_id, entry_id FROM contact_request r WHERE r.key = p_key;
    IF FOUND THEN
      RETURN NEXT;
      RETURN;
    END IF;
  END IF;
  at := gate_clock();
  law := rulebook_active_packs(coalesce(p_at, at));
  SELECT f.facts_seq, f.facts INTO facts_seq, facts
    FROM gate_facts(ARRAY[p_customer], coalesce(p_at, at), p_lookback, p_zone, p_except) f;
  RETURN NEXT;
END $$;
"""

TAKE = """
-- The next of the queue, one person at most once; people in id order, those held by others left for the next batch.
-- What was made from an old count is void, what is too late expires; both are recorded here. The rest is to be judged.
CREATE FUNCTION gate_take(p_entries integer, p_lookback interval, p_zone text)
RETURNS TABLE (entry uuid, not_before timestamptz, customer_id uuid, facts_seq bigint, asked text, request_key text,
               asked_by text, at timestamptz, law text[], facts text)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_now timestamptz := gate_clock();
  v_entries uuid[];
  v_from timestamptz;
  v_people uuid[];
  v_law text[];
BEGIN
  SELECT array_agg(picked.id), min(picked.not_before) INTO v_entries, v_from FROM (
    SELECT DISTINCT ON (q.customer_id) q.id, q.not_before FROM (
      SELECT k.id, k.customer_id, k.not_before, k.priority FROM contact_queue k
       WHERE k.state = 'QUEUED' AND k.not_before <= v_now AND k.not_before > v_now - interval '8 days'
       ORDER BY k.not_before, k.priority DESC, k.id LIMIT p_entries FOR UPDATE SKIP LOCKED) q
     ORDER BY q.customer_id, q.not_before, q.priority DESC, q.id) picked;
  IF v_entries IS NULL THEN
    RETURN;
  END IF;
  SELECT array_agg(locked.id) INTO v_people FROM (
    SELECT p.id FROM portfolio_person p
     WHERE p.id IN (SELECT k.customer_id FROM contact_queue k
                     WHERE k.id = ANY (v_entries) AND k.not_before BETWEEN v_from AND v_now)
     ORDER BY p.id FOR NO KEY UPDATE SKIP LOCKED) locked;
  v_now := gate_clock();
  UPDATE contact_queue k SET decided_at = v_now,
         state = CASE WHEN k.expires_at <= v_now THEN 'EXPIRED' ELSE 'VOID' END,
         state_reason = CASE WHEN k.expires_at <= v_now THEN 'contact.late' ELSE 'contact.facts-changed' END
    FROM portfolio_person p
   WHERE k.id = ANY (v_entries) AND k.not_before BETWEEN v_from AND v_now AND p.id = k.customer_id
     AND p.id = ANY (v_people) AND (k.expires_at <= v_now OR p.facts_seq <> k.facts_seq);
  v_law := rulebook_active_packs(v_now);
  RETURN QUERY
  SELECT k.id, k.not_before, k.customer_id, f.facts_seq, k.asked::text, k.request_key, k.asked_by, v_now, v_law,
         f.facts
    FROM gate_facts(v_people, v_now, p_lookback, p_zone, '{}') f
    JOIN contact_queue k ON k.customer_id = f.customer_id AND k.id = ANY (v_entries)
     AND k.not_before BETWEEN v_from AND v_now AND k.state = 'QUEUED'
   ORDER BY k.not_before, k.priority DESC, k.id;
END $$;
"""

WRITE = """
-- Write answers as given, each with the hash of what is kept of it.
CREATE FUNCTION gate_write(p_rows json) RETURNS void LANGUAGE sql VOLATILE AS $$
  INSERT INTO contact_event (id, at, customer_id, origin, direction, act, to_key, role, debts, collector, actor, place,
    point, purpose, basis, assumed, more, request_key, asked_by, recorded_at, reserved_until, decision, verdict, facts,
    packs, facts_seq, state, state_reason, sent_at, ended_at, outcome, typed_result, talk_seconds, verified,
    conversation_at, line_record, learnt, contradiction, row_hash)
  SELECT e.id, e.at, e.customer_id, e.origin, e.direction, e.act, e.to_key, e.role, e.debts, e.collector, e.actor,
    e.place, e.point, e.purpose, e.basis, e.assumed, e.more, e.request_key, e.asked_by, e.recorded_at,
    e.reserved_until, e.decision, e.verdict, e.facts, e.packs, e.facts_seq, e.state, coalesce(e.state_reason, ''),
    e.sent_at, e.ended_at, coalesce(e.outcome, ''), coalesce(e.typed_result, ''), e.talk_seconds, e.verified,
    e.conversation_at, e.line_record, e.learnt, coalesce(e.contradiction, false), contact_event_hash(e)
    FROM json_populate_recordset(NULL::contact_event, p_rows) e
$$;
CREATE FUNCTION gate_answer(p_row json, p_digest bytea) RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT gate_write(json_build_array(p_row));
  INSERT INTO contact_request (key, digest, customer_id, event_id, event_at)
  SELECT e.request_key, p_digest, e.customer_id, e.id, e.at FROM json_populate_record(NULL::contact_event, p_row) e
   WHERE e.request_key <> ''
$$;
CREATE FUNCTION gate_answer_batch(p_rows json, p_entries json) RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT gate_write(p_rows);
  UPDATE contact_queue q SET state = k.state, decided_at = k.event_at, event_id = k.event_id, event_at = k.event_at
    FROM json_populate_recordset(NULL::contact_queue, p_entries) k
   WHERE q.id = k.id AND q.not_before = k.not_before
$$;
"""

DROPPED = """
DROP FUNCTION gate_answer_batch, gate_answer, gate_write, gate_take, gate_open, gate_facts, contact_event_hash, gate_clock;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("outreach", "0001_tables"),
        ("portfolio", "0002_standing_fact"),
        ("casework", "0003_hold_effects"),
        ("rulebook", "0005_packs"),
    ]

    operations = [
        migrations.RunSQL(CLOCK + HASH + FACTS + OPEN + TAKE + WRITE, DROPPED),
    ]
