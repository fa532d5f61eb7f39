from sqlalchemy import text
from tests.reliability.test_attacks_forms import *
@__import__('pytest').mark.timeout(900)
def test_fuzz(app, work, clinic, charting):
    app.config["TESTING"]=False
    from clinic import log
    old=log.JsonLines.format
    def fmt(self, record):
        if record.exc_info: open("/tmp/r2/exc.txt","a").write(repr(record.exc_info[1])[:700]+"\n")
        return old(self, record)
    log.JsonLines.format=fmt
    charting.chart_usual_sites()
    with charting.reading() as uow:
        lot_id = uow.session.execute(text("SELECT id FROM lot")).scalar_one()
        condition_id = uow.session.execute(text("SELECT id FROM condition")).scalar_one()
    bad=[]
    seen=set()
    for role, urls in pages(charting, lot_id, condition_id).items():
        client = client_for(app, clinic.people[role])
        for url in urls:
            for form in forms(client, url):
                key=(form.action, tuple(sorted(form.kinds)))
                if key in seen or form.action in FORGOTTEN: continue
                seen.add(key)
                bad += attacked(client, form, charting.version)
    print("FORMS", len(seen))
    for k in sorted(seen): print("  ", k[0], [n for n in k[1] if n not in SKIPPED][:14])
    print("\n".join(bad)); print("BAD", len(bad))
    assert not bad
