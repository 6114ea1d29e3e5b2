"""pre: Let calls of robots wait in the queue while the core's last word by day is too old."""

from django.db import migrations

PUT_OFF = """
CREATE FUNCTION gate_put_off(p_now timestamptz, p_until timestamptz) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH put_off AS (
    UPDATE contact_queue k SET not_before = p_until
     WHERE k.state = 'QUEUED' AND k.not_before <= p_now AND k.not_before > p_now - interval '8 days'
       AND k.expires_at > p_until AND k.asked->>0 = 'CALL' AND k.asked->>6 = 'ROBOT' AND p_until > p_now
    RETURNING 1)
  SELECT count(*) FROM put_off
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("outreach", "0005_past_those_held")]

    operations = [
        migrations.RunSQL(PUT_OFF, "DROP FUNCTION gate_put_off(timestamptz, timestamptz)")
    ]
