"""R45: an L3 that is for some services belongs to slices of those services only.

The other two levels are held by constraints on the keys.
"""

TABLES = {"engagements_entitlementslice"}
L3_OF_ITS_SERVICE = "an_l3_is_of_its_service"
_IS_OF_ANOTHER = """EXISTS (
  SELECT 1 FROM tasks_engineeringreason_services WHERE engineeringreason_id = NEW.detail_id
) AND NOT EXISTS (
  SELECT 1 FROM tasks_engineeringreason_services AS l3
  JOIN engagements_tenantservice AS row ON row.service_id = l3.service_id
  WHERE l3.engineeringreason_id = NEW.detail_id AND row.id = NEW.tenant_service_id
)"""

SQLITE = [
    f"""CREATE TRIGGER IF NOT EXISTS {L3_OF_ITS_SERVICE}_{when}
    BEFORE {does} ON engagements_entitlementslice WHEN NEW.detail_id IS NOT NULL AND {_IS_OF_ANOTHER}
    BEGIN SELECT RAISE(ABORT, '{L3_OF_ITS_SERVICE}'); END"""
    for when, does in (("new", "INSERT"), ("changed", "UPDATE OF detail_id, tenant_service_id"))
]
POSTGRESQL = [
    f"""CREATE OR REPLACE FUNCTION {L3_OF_ITS_SERVICE}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF {_IS_OF_ANOTHER} THEN
        RAISE EXCEPTION '{L3_OF_ITS_SERVICE}' USING ERRCODE = 'check_violation';
      END IF;
      RETURN NEW;
    END $$""",
    f"""CREATE OR REPLACE TRIGGER {L3_OF_ITS_SERVICE}
    BEFORE INSERT OR UPDATE OF detail_id, tenant_service_id ON engagements_entitlementslice
    FOR EACH ROW WHEN (NEW.detail_id IS NOT NULL) EXECUTE FUNCTION {L3_OF_ITS_SERVICE}()""",
]

REMOVED = {
    "sqlite": [f"DROP TRIGGER IF EXISTS {L3_OF_ITS_SERVICE}_{when}" for when in ("new", "changed")],
    "postgresql": [f"DROP FUNCTION IF EXISTS {L3_OF_ITS_SERVICE} CASCADE"],
}
INSTALLED = {"sqlite": SQLITE, "postgresql": POSTGRESQL}
