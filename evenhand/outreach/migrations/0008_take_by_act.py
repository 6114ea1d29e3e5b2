"""pre: A batch takes the acts that are asked for. The function without acts stays for one release more."""

from django.db import migrations

TAKE = """
-- The next of the queue, one person at most once; people in id order, those held by others left for the next batch. Where
-- all that were looked at are held, the next are looked at, ten times as many entries as were asked for at most.
-- Only entries of the acts named are looked at, or all where none is named: the others wait for who serves them.
-- What was made from an old count is void, what is too late expires; both are recorded here. The rest is to be judged.
CREATE FUNCTION gate_take(p_entries integer, p_near jsonb, p_lookback interval, p_zone text, p_acts text[])
RETURNS TABLE (entry uuid, not_before timestamptz, customer_id uuid, facts_seq bigint, asked text, request_key text,
               asked_by text, at timestamptz, law text[], facts text)
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_now timestamptz := gate_clock();
  v_entries uuid[];
  v_from timestamptz;
  v_looked uuid[];
  v_seen uuid[] := '{}';
  v_people uuid[];
  v_near interval[];
  v_law text[];
BEGIN
  LOOP
    SELECT array_agg(q.id), array_agg(q.id) FILTER (WHERE q.nth = 1), min(q.not_before)
      INTO v_looked, v_entries, v_from FROM (
      SELECT k.id, k.not_before, row_number() OVER (
               PARTITION BY k.customer_id ORDER BY k.not_before, k.priority DESC, k.id) AS nth FROM (
        SELECT k.id, k.customer_id, k.not_before, k.priority FROM contact_queue k
         WHERE k.state = 'QUEUED' AND k.not_before <= v_now AND k.not_before > v_now - interval '8 days'
           AND k.id <> ALL (v_seen) AND (p_acts IS NULL OR k.asked->>0 = ANY (p_acts))
         ORDER BY k.not_before, k.priority DESC, k.id LIMIT p_entries FOR UPDATE SKIP LOCKED) k) q;
    IF v_entries IS NULL THEN
      RETURN;
    END IF;
    SELECT array_agg(locked.id) INTO v_people FROM (
      SELECT p.id FROM portfolio_person p
       WHERE p.id IN (SELECT k.customer_id FROM contact_queue k
                       WHERE k.id = ANY (v_entries) AND k.not_before BETWEEN v_from AND v_now)
       ORDER BY p.id FOR NO KEY UPDATE SKIP LOCKED) locked;
    EXIT WHEN v_people IS NOT NULL;
    v_seen := v_seen || v_looked;
    IF cardinality(v_seen) >= 10 * p_entries THEN
      RETURN;
    END IF;
  END LOOP;
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


class Migration(migrations.Migration):
    dependencies = [("outreach", "0007_texts")]

    operations = [
        migrations.RunSQL(TAKE, "DROP FUNCTION gate_take(integer, jsonb, interval, text, text[])")
    ]
