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

EVENT = """'[' || concat_ws(',', to_json(coalesce(e.sent_at, e.at)), to_json(e.act), to_json(e.direction),
          to_json(e.to_key), to_json(e.role), to_json(e.debts), to_json(e.collector), to_json(e.actor),
          to_json(e.outcome), to_json(e.place), to_json(e.point), coalesce(e.talk_seconds::text, 'null'),
          coalesce(e.verified::text, 'null'),
          CASE WHEN e.learnt IS NULL THEN e.more::text ELSE (e.more::jsonb || e.learnt::jsonb)::text END) || ']'"""

# The facts of the person `p` as compliance.facts.Facts stores them, all but the act, as JSON text. What she said is looked
# for further back than other contacts; how far was looked stands at the end.
FACTS_OF_P = f"""concat(
    '{{"person":"', p.id, '","locations":[["PORTFOLIO",', to_json(p_zone), ']],"debts":[',
    (SELECT string_agg('["' || a.account_key || '","CREDIT_CARD",""]', ',' ORDER BY a.account_key)
       FROM casework_case c JOIN casework_caseaccount a ON a.case_id = c.id
      WHERE c.customer_id = p.id AND a.left_on IS NULL),
    '],"events":[',
    (SELECT string_agg(found.event, ',' ORDER BY found.at) FROM (
       SELECT e.at, {EVENT} AS event
         FROM contact_event e
        WHERE e.customer_id = p.id AND e.at >= p_at - NEAR AND e.at < p_at + interval '8 days'
          AND e.state IN ('RESERVED', 'SENT', 'ENDED', 'REPORTED') AND e.id <> ALL (p_except)
       UNION ALL
       SELECT e.at, {EVENT} AS event
         FROM contact_event e
        WHERE e.customer_id = p.id AND e.at >= p_at - p_lookback AND e.at < p_at - NEAR
          AND (e.direction = 'IN' OR e.learnt IS NOT NULL)
          AND e.state IN ('RESERVED', 'SENT', 'ENDED', 'REPORTED') AND e.id <> ALL (p_except)) found),
    '],"holds":[',
    (SELECT string_agg(json_build_array(h.reason, h.from_on::timestamp AT TIME ZONE p_zone,
              least(h.until_on::timestamp AT TIME ZONE p_zone, h.lifted_at), h.debts, h.effects, '{{}}'::json)::text, ','
              ORDER BY h.id)
       FROM casework_hold h
      WHERE h.customer_id = p.id AND (h.lifted_at IS NULL OR h.lifted_at > p_at - p_lookback)
        AND (h.until_on IS NULL OR h.until_on > (p_at - p_lookback)::date - 1)),
    '],"standing":[',
    (SELECT string_agg(json_build_array(s.kind, s.from_at, least(s.until_at, s.ended_at), s.debts, s.detail)::text, ','
              ORDER BY s.id)
       FROM portfolio_standingfact s
      WHERE s.customer_id = p.id AND (s.until_at IS NULL OR s.until_at > p_at - p_lookback)
        AND (s.ended_at IS NULL OR s.ended_at > p_at - p_lookback)),
    '],"known":',
    coalesce((SELECT '{{"dpd":' || (p_at AT TIME ZONE p_zone)::date - c.overdue_from_on || '}}'
       FROM casework_case c
      WHERE c.customer_id = p.id AND c.state = 'OPEN' AND c.overdue_from_on IS NOT NULL), '{{}}'),
    ',"since":', to_json(p_at - NEAR), ',"heard_since":', to_json(p_at - p_lookback), '}}')"""  # noqa: S608

FACTS = f"""
-- The facts of people, in the caller's snapshot. Plans are kept as they are: with so many partitions planning anew costs
-- thirty times what running does.
CREATE FUNCTION gate_facts(p_people uuid[], p_near interval[], p_at timestamptz, p_lookback interval, p_zone text,
                           p_except uuid[])
RETURNS TABLE (customer_id uuid, facts_seq bigint, facts text)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY SELECT p.id, p.facts_seq, {FACTS_OF_P.replace("NEAR", "w.near")}
    FROM unnest(p_people, p_near) AS w(id, near) JOIN portfolio_person p ON p.id = w.id;
END $$;
"""  # noqa: S608

OPEN = f"""
-- Lock the person; then, in statements of their own, look for an earlier answer, read the clock and the facts. Parts of
-- the answer are joined by the unit separator: NEW, the moment, the digests of the packs in force, the count and the
-- facts, or USED, the digest of what was asked under the key, and the keys of its answer and of its entry in the queue.
-- Nothing for a person who is not there.
CREATE FUNCTION gate_open(p_customer uuid, p_key text, p_at timestamptz, p_near interval, p_lookback interval,
                          p_zone text, p_except uuid[])
RETURNS text LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_now timestamptz;
  v_used text;
  v_law text[];
  v_seq bigint;
  v_facts text;
BEGIN
  PERFORM FROM portfolio_person p WHERE p.id = p_customer FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  IF p_key <> '' THEN
    SELECT concat_ws(chr(31), 'USED', encode(r.digest, 'hex'), coalesce(r.event_id::text, ''),
                     coalesce(r.entry_id::text, ''))
      INTO v_used FROM contact_request r WHERE r.key = p_key;
    IF FOUND THEN
      RETURN v_used;
    END IF;
  END IF;
  v_now := gate_clock();
  p_at := coalesce(p_at, v_now);
  v_law := rulebook_active_packs(p_at);
  SELECT p.facts_seq, {FACTS_OF_P.replace("NEAR", "p_near")} INTO v_seq, v_facts FROM portfolio_person p WHERE p.id = p_customer;
  RETURN concat_ws(chr(31), 'NEW', v_now, array_to_string(v_law, ','), v_seq, v_facts);
END $$;
"""  # noqa: S608

TAKE = """
-- The next of the queue, one person at most once; people in id order, those held by others left for the next batch.
-- What was made from an old count is void, what is too late expires; both are recorded here. The rest is to be judged.
CREATE FUNCTION gate_take(p_entries integer, p_near jsonb, p_lookback interval, p_zone text)
RETURNS TABLE (entry uuid, not_before timestamptz, customer_id uuid, facts_seq bigint, asked text, request_key text,
               asked_by text, at timestamptz, law text[], facts text)
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_now timestamptz := gate_clock();
  v_entries uuid[];
  v_from timestamptz;
  v_people uuid[];
  v_near interval[];
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
  SELECT array_agg(k.customer_id), array_agg(
           CASE WHEN k.asked->>3 = 'CONSUMER' AND k.asked->>9 IN ('COLLECT', 'REMIND')
                THEN coalesce((p_near->>(k.asked->>0))::interval, p_lookback) ELSE p_lookback END)
    INTO v_people, v_near
    FROM contact_queue k
   WHERE k.id = ANY (v_entries) AND k.not_before BETWEEN v_from AND v_now AND k.state = 'QUEUED'
     AND k.customer_id = ANY (v_people);
  RETURN QUERY
  SELECT k.id, k.not_before, k.customer_id, f.facts_seq, k.asked::text, k.request_key, k.asked_by, v_now, v_law,
         f.facts
    FROM gate_facts(v_people, v_near, v_now, p_lookback, p_zone, '{}') f
    JOIN contact_queue k ON k.customer_id = f.customer_id AND k.id = ANY (v_entries)
     AND k.not_before BETWEEN v_from AND v_now AND k.state = 'QUEUED'
   ORDER BY k.not_before, k.priority DESC, k.id;
END $$;
"""

DROPPED = """
DROP FUNCTION gate_take, gate_open, gate_facts, contact_event_hash, gate_clock;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("outreach", "0001_tables"),
        ("portfolio", "0002_standing_fact"),
        ("casework", "0003_hold_effects"),
        ("rulebook", "0005_packs"),
    ]

    operations = [
        migrations.RunSQL(CLOCK + HASH + FACTS + OPEN + TAKE, DROPPED),
    ]
