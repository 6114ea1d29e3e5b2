"""pre: Several people are locked and read at once, for permits judged again together at the moment of sending."""

from django.db import migrations

OPEN = """
-- Lock people in id order; then, in statements of their own, read the clock and their facts.
CREATE FUNCTION gate_open_several(p_people uuid[], p_near interval[], p_lookback interval, p_zone text, p_except uuid[])
RETURNS TABLE (customer_id uuid, at timestamptz, law text[], facts text)
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_now timestamptz;
  v_law text[];
BEGIN
  PERFORM FROM (SELECT p.id FROM portfolio_person p WHERE p.id = ANY (p_people) ORDER BY p.id FOR NO KEY UPDATE) locked;
  v_now := gate_clock();
  v_law := rulebook_active_packs(v_now);
  RETURN QUERY SELECT f.customer_id, v_now, v_law, f.facts
    FROM gate_facts(p_people, p_near, v_now, p_lookback, p_zone, p_except) f;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("outreach", "0010_letters_returned")]

    operations = [
        migrations.RunSQL(
            OPEN, "DROP FUNCTION gate_open_several(uuid[], interval[], interval, text, uuid[])"
        )
    ]
