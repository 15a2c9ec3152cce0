"""The phone of a grid worker: sign, arrive, close, return; two touches for what is mended."""

from __future__ import annotations

import io
from uuid import uuid4

import pytest
from PIL import Image
from playwright.sync_api import expect

from api.deps import COOKIE
from tests.browser.conftest import Watched
from tests.browser.page_clock import take_clock
from tests.http.demo_county import COMMUNITY, WORKER_GRID, inside, store_report

VILLAGE = "150221105232"
PHONE = {"width": 360, "height": 800}
# As long as a message stands.
MESSAGE_MS = 6000
HERE = inside(WORKER_GRID)


@pytest.fixture(scope="module")
def desk(served):
    """A dispatcher who takes calls."""
    with served.api("dispatcher") as client:
        yield client


@pytest.fixture
def phone(served):
    """The worker's phone in the worker's grid."""
    yield from open_phone(served, "grid_worker")


def open_phone(served, role, **options):
    served.log_in(role).page.context.close()
    context = served.browser.new_context(
        viewport=PHONE,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        has_touch=True,
        storage_state=served.cookies[role],
        geolocation={"longitude": HERE["lon"], "latitude": HERE["lat"], "accuracy": 8},
        permissions=["geolocation"],
        **options,
    )
    watched = Watched(context.new_page(), served.base)
    watched.watch()
    yield watched
    context.close()
    assert watched.trouble == []


def opened(watched):
    watched.page.goto(f"{watched.base}/m")
    watched.page.wait_for_selector("html[data-phone=ready]", timeout=15_000)
    return watched.page


def report_on(desk, report_id):
    return desk.get(f"/v1/reports/{report_id}").json()


def steps_of(desk, report_id):
    return [event["kind"] for event in desk.get(f"/v1/reports/{report_id}/events").json()["items"]]


def let_undo_pass(page):
    """Do not wait the seconds in which what was mended may still be taken back.

    Where a busy machine has not kept it yet, they are waited after all.
    """
    page.wait_for_timeout(200)
    page.clock.fast_forward(MESSAGE_MS)


def all_sent(page):
    page.wait_for_selector("html[data-queue='0']", timeout=45_000)


def new_report(desk, text, **members):
    return store_report(desk, text=text, category="cg03", position=HERE, **members)["id"]


def jpeg(colour="green"):
    sink = io.BytesIO()
    Image.new("RGB", (3000, 2000), colour).save(sink, "JPEG")
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": sink.getvalue()}


def test_a_report_comes_to_the_open_phone_and_is_signed_reached_and_closed(phone, desk):
    page = opened(phone)
    report = new_report(desk, f"垃圾满了 {uuid4()}")
    card = page.locator(f"[data-report='{report}']")
    expect(card).to_be_visible(timeout=15_000)
    card.tap()
    page.locator("#m-actions [data-step=accept]").tap()
    page.locator("#m-actions [data-step=arrive]").tap()
    page.locator("#m-actions [data-step=close]").tap()
    page.get_by_role("button", name="已清理干净。").tap()
    page.locator(".m-sheet button[type=submit]").tap()
    all_sent(page)
    stored = report_on(desk, report)
    assert (stored["status"], stored["outcome"]) == ("closed", "resolved")
    assert [kind for kind in steps_of(desk, report) if kind in ("accept", "arrive", "close")] == [
        "accept",
        "arrive",
        "close",
    ]


def test_what_is_found_and_mended_takes_two_touches_and_is_counted_apart(phone, served):
    take_clock(phone.page)
    page = opened(phone)
    page.locator("#m-mine").tap()
    before = int(page.locator("[data-count='随手办']").inner_text())
    received = page.locator("[data-count='今日收到']").inner_text()
    page.keyboard.press("Escape")
    page.locator("#m-new").tap()
    expect(page.locator(".m-place-now")).to_contain_text("已定位")
    page.locator("[data-on-the-spot=cg03]").tap()
    let_undo_pass(page)
    all_sent(page)
    with served.api("grid_worker") as worker:
        newest = worker.get("/v1/reports?limit=1").json()["items"][0]
        assert worker.get("/v1/phone/start").json()["day"]["on_the_spot"] == before + 1
    assert (newest["channel"], newest["status"]) == ("patrol", "closed")
    assert newest["grid"]["code"] == WORKER_GRID
    page.locator("#m-mine").tap()
    expect(page.locator("[data-count='随手办']")).to_have_text(str(before + 1))
    page.keyboard.press("Escape")
    page.locator("#m-tab-today").tap()
    expect(page.locator(f"[data-report='{newest['id']}']")).to_be_visible()
    page.locator("#m-mine").tap()
    expect(page.locator("[data-count='今日收到']")).to_have_text(received)


def test_a_touch_by_mistake_is_taken_back_before_it_is_sent(phone, served):
    page = opened(phone)
    with served.api("grid_worker") as worker:
        before = worker.get("/v1/reports?limit=1").json()["items"][0]["id"]
        page.locator("#m-new").tap()
        page.locator("[data-on-the-spot=jt02]").tap()
        page.get_by_role("button", name="撤销").tap()
        all_sent(page)
        expect(page.locator(".m-toast")).to_contain_text("已撤销")
        assert worker.get("/v1/reports?limit=1").json()["items"][0]["id"] == before


def test_a_return_names_the_grid_it_belongs_to(phone, desk):
    report = new_report(desk, "不归这里")
    page = opened(phone)
    page.locator(f"[data-report='{report}']").tap()
    page.locator(".m-more > summary").tap()
    page.locator("#m-actions [data-step=return]").tap()
    page.locator(".m-sheet button[type=submit]").tap()
    expect(page.locator(".m-sheet [role=alert]")).to_have_text("请选退单原因。")
    page.get_by_text("不属本网格", exact=True).tap()
    page.locator(".m-sheet button[type=submit]").tap()
    expect(page.locator(".m-sheet [role=alert]")).to_have_text("请选应属哪个网格。")
    page.locator(f"input[name=m-grid][value='{COMMUNITY}004']").check()
    page.locator(".m-sheet button[type=submit]").tap()
    all_sent(page)
    stored = report_on(desk, report)
    assert stored["status"] == "return_pending"
    assert stored["request"]["grid"] == f"{COMMUNITY}004"


def test_who_whistled_confirms_on_the_phone_that_the_department_came(phone, served, desk):
    # The demo's department account is bound to an organisation by this name.
    name = "旗综合行政执法局"
    with served.api("county_admin") as admin:
        orgs = admin.get("/v1/orgs", params={"limit": 500}).json()["items"]
        found = [one["id"] for one in orgs if one["name"] == name]
        office = {"name": name, "kind": "department", "area": "150221"}
        org = found[0] if found else admin.post("/v1/orgs", json=office).json()["id"]
    report = new_report(desk, "要部门到场", reporter={"name": "赵某", "phone": "00001234567"})
    for body in ({"step": "accept"}, {"step": "summon", "orgs": [org], "note": "请到场"}):
        with served.api("grid_worker") as worker:
            taken = worker.post(f"/v1/reports/{report}/steps", json=body)
            assert taken.status_code == 200, taken.text
    called = open_phone(served, "department")
    watched = next(called)
    page = opened(watched)
    page.locator(f"[data-report='{report}']").tap()
    expect(page.locator(".m-beside")).to_contain_text("未到")
    expect(page.locator(".m-beside button")).to_have_count(0)
    page.locator("#m-actions [data-step=arrive]").tap()
    all_sent(page)
    expect(page.locator(".m-beside")).to_contain_text("已报到，待确认")
    page.go_back()
    expect(page.locator(f"[data-report='{report}']")).to_have_count(0)
    page.locator("#m-tab-working").tap()
    expect(page.locator(f"[data-report='{report}']")).to_contain_text("已报到，待确认")
    next(called, None)
    page = opened(phone)
    page.locator("#m-tab-working").tap()
    page.locator(f"[data-report='{report}']").tap()
    expect(page.locator(".m-beside")).to_contain_text("已报到，待确认")
    page.locator("#m-actions [data-step=arrive]").tap()
    all_sent(page)
    expect(page.locator("#m-actions > .primary")).to_have_attribute("data-step", "handle")
    page.locator("[data-reveal]").tap()
    expect(page.locator(".m-facts")).to_contain_text("00001234567")
    page.locator(f"[data-summoned='{org}'] button").tap()
    all_sent(page)
    assert report_on(desk, report)["summons"][0]["arrived_at"]


def test_a_photo_is_made_small_on_the_phone_and_shown_with_its_report(phone, desk):
    report = new_report(desk, "要拍照")
    page = opened(phone)
    page.locator(f"[data-report='{report}']").tap()
    expect(page.locator("#m-actions [data-step=accept]")).to_be_visible()
    with page.expect_file_chooser() as chooser:
        page.locator("#m-take-photo").tap()
    chooser.value.set_files([jpeg()])
    expect(page.locator("#m-card-photos button img")).to_have_count(1)
    (stored,) = desk.get(f"/v1/reports/{report}/photos").json()["items"]
    assert max(stored["width"], stored["height"]) == 1600


def test_a_doubtful_report_is_settled_by_one_touch(served, desk):
    phone = open_phone(served, "community_admin")
    watched = next(phone)
    report = store_report(
        desk, text="哪个网格不清楚", category="cg03", position=None, address="振华社区"
    )["id"]
    assert report_on(desk, report)["status"] == "awaiting_decision"
    page = opened(watched)
    page.goto(f"{watched.base}/m#{report}")
    page.reload()
    page.locator("#m-actions [data-candidate]").first.tap()
    all_sent(page)
    assert report_on(desk, report)["status"] == "assigned"
    next(phone, None)


def test_over_plain_http_the_page_says_why_there_is_no_position_and_offers_other_ways(served):
    phone = open_phone(served, "grid_worker")
    watched = next(phone)
    watched.page.add_init_script(
        "Object.defineProperty(window, 'isSecureContext', { value: false })"
    )
    page = opened(watched)
    page.locator("#m-new").tap()
    expect(page.locator(".m-place")).to_contain_text("不是 https 地址")
    page.get_by_role("button", name="我的网格").tap()
    page.locator(f"[data-grid='{WORKER_GRID}']").tap()
    expect(page.locator(".m-place-now")).to_contain_text("振华社区第三网格")
    page.get_by_role("button", name="地图").tap()
    page.locator(".m-map[data-ready]").tap()
    expect(page.locator(".m-place-now")).to_contain_text("地图上的点")
    next(phone, None)


def too_wide(page):
    return page.evaluate(
        """[document.documentElement, ...document.querySelectorAll('.m-sheet, nav, .m-actionbar')]
        .filter((one) => one.scrollWidth > innerWidth).map((one) => one.className || 'page')"""
    )


def small_targets(page):
    return page.evaluate(
        """[...document.querySelectorAll('button, summary, a.button, .m-radio, select, .input')]
        .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 47.5)
        .map((one) => one.textContent.trim() || one.id)"""
    )


def nameless(page):
    return page.evaluate(
        """[...document.querySelectorAll('button, input, select, textarea')]
        .filter((one) => one.offsetParent && !one.textContent.trim())
        .filter((one) => !one.labels?.length && !one.getAttribute('aria-label'))
        .map((one) => one.outerHTML.slice(0, 80))"""
    )


def shut(page):
    page.keyboard.press("Escape")


def show_form(page):
    page.locator("#m-write").tap()
    page.wait_for_selector("#m-new-text")


def show_card(page, report):
    shut(page)
    page.locator(f"[data-report='{report}']").tap()
    page.wait_for_selector("#m-actions .m-more")


def show_return(page):
    page.locator("#m-actions [data-step=return]").tap()
    page.get_by_text("不属本网格", exact=True).tap()


@pytest.mark.parametrize("font", ["100%", "200%"])
def test_every_view_fits_a_narrow_phone_with_targets_for_thumbs(phone, desk, font):
    report = new_report(desk, "走廊里堆了很多纸箱和旧家具，老人进出不方便，请尽快处理。" * 3)
    page = opened(phone)
    page.evaluate(f"document.documentElement.style.fontSize = '{font}'")
    views = {
        "list": lambda: None,
        "new": lambda: page.locator("#m-new").tap(),
        "write": lambda: show_form(page),
        "mine": lambda: (shut(page), page.locator("#m-mine").tap()),
        "card": lambda: show_card(page, report),
        "more": lambda: page.locator(".m-more > summary").tap(),
        "return": lambda: show_return(page),
    }
    for name, go in views.items():
        go()
        assert (name, too_wide(page), small_targets(page), nameless(page)) == (name, [], [], [])


def message_about(page, desk, selector):
    """Return where a message lies the moment it comes up, and where something else does then."""
    page.evaluate(
        """(selector) => { window.message = new Promise((done) => {
          const box = (found) => document.querySelector(found)?.getBoundingClientRect().toJSON();
          new MutationObserver(() => box('.m-toast') && done([box('.m-toast'), box(selector)]))
            .observe(document.body, { childList: true });
          setTimeout(() => done(null), 20000); }) }""",
        selector,
    )
    new_report(desk, "又来一件")
    return page.evaluate("() => window.message")


def test_a_message_lies_over_nothing_that_is_pressed(phone, desk):
    report = new_report(desk, "要点更多")
    take_clock(phone.page)
    page = opened(phone)
    show_card(page, report)
    page.locator(".m-more > summary").tap()
    message, bar = message_about(page, desk, "#m-actions")
    assert bar["height"] > 120
    assert message["bottom"] <= bar["top"]
    page.clock.fast_forward(MESSAGE_MS)
    expect(page.locator(".m-toast")).to_have_count(0)
    show_return(page)
    message, sheet = message_about(page, desk, ".m-sheet")
    assert message["bottom"] <= sheet["top"]


def test_a_sheet_takes_the_focus_and_gives_it_back(phone):
    page = opened(phone)
    page.locator("#m-mine").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#m-sheet-title")).to_be_focused()
    expect(page.locator("#m-no-track")).to_contain_text("不记录您的行踪")
    page.keyboard.press("Escape")
    expect(page.locator("#m-mine")).to_be_focused()


def test_a_caller_who_wishes_it_is_not_kept(phone, desk):
    page = opened(phone)
    page.locator("#m-new").tap()
    expect(page.locator(".m-place-now")).to_contain_text("已定位")
    page.locator("#m-write").tap()
    words = f"邻居反映，不愿留名 {uuid4()}"
    page.fill("#m-new-text", words)
    page.locator(".m-behalf summary").tap()
    page.fill("#m-new-name", "张三")
    page.locator("#m-new-secret").check()
    expect(page.locator("#m-new-name")).to_be_hidden()
    expect(page.locator("#m-new-secret-hint")).to_contain_text("不保存")
    page.locator(".m-sheet button[type=submit]").tap()
    all_sent(page)
    found = desk.get("/v1/reports", params={"q": words}).json()["items"]
    stored = report_on(desk, found[0]["id"])
    assert (stored["reporter"], stored["reporter_state"]) == (None, "withheld")
    page.goto(f"{phone.base}/m#{stored['id']}")
    page.reload()
    expect(page.locator("#m-card-view")).to_contain_text("按保密要求")


def test_a_photo_that_was_taken_by_mistake_is_withdrawn(phone, desk, served):
    report = new_report(desk, "拍错了一张")
    with served.api("grid_worker") as worker:
        sent = worker.post(
            f"/v1/reports/{report}/photos",
            data={"client_id": str(uuid4())},
            files={"file": ("x.jpg", jpeg()["buffer"], "image/jpeg")},
        )
        assert sent.status_code == 201, sent.text
    page = opened(phone)
    page.locator(f"[data-report='{report}']").tap()
    page.locator("#m-card-photos button.photo").tap()
    viewer = page.locator("dialog.photo-viewer")
    viewer.get_by_role("button", name="撤回这张照片").tap()
    expect(viewer).to_contain_text("不能恢复")
    viewer.get_by_role("button", name="撤回", exact=True).tap()
    expect(page.locator("#m-card-photos .photo-gone")).to_contain_text("照片已撤回")
    assert steps_of(desk, report).count("photo_withdrawn") == 1


def test_the_page_is_light_before_the_map_is_asked_for(phone):
    page = opened(phone)
    loaded = page.evaluate(
        """['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))
        .filter(({ name }) => !name.includes('/v1/'))
        .map(({ name, encodedBodySize }) => [name, encodedBodySize])"""
    )
    assert len(loaded) > 15
    assert sum(size for _, size in loaded) < 150_000
    assert not [name for name, _ in loaded if "leaflet" in name]


def test_a_village_worker_enters_for_somebody_of_a_group_by_name(served, desk):
    cookie = account_of_village(served)
    grid = f"{VILLAGE}001"
    report = store_report(desk, text="代录的一件", category="cg03", position=inside(grid))
    holder = report_on(desk, report["id"])["holder"]
    assert holder["role_label"] == "兼职网格员"
    context = served.browser.new_context(viewport=PHONE, locale="zh-CN", has_touch=True)
    context.add_cookies([cookie])
    watched = Watched(context.new_page(), served.base)
    watched.watch()
    page = opened(watched)
    page.locator(f"[data-report='{report['id']}']").tap()
    expect(page.locator("#m-actions")).to_contain_text(f"替{holder['name']}登记")
    page.locator("#m-actions [data-step=accept]").tap()
    page.locator("#m-actions [data-step=close]").tap()
    expect(page.locator("#m-behalf")).to_have_value(holder["name"])
    page.locator(".m-sheet button[type=submit]").tap()
    all_sent(page)
    context.close()
    assert watched.trouble == []
    assert report_on(desk, report["id"])["status"] == "closed"
    events = desk.get(f"/v1/reports/{report['id']}/events").json()["items"]
    behalf = {event["kind"]: event["on_behalf_of"] for event in events}
    assert behalf["accept"] == behalf["close"] == holder["name"]


def account_of_village(served):
    """Make an account for a village's own worker; return the cookie of its session."""
    name, first, own = f"village-{uuid4().hex[:8]}", "Made-by-an-admin-1", "Chosen-by-oneself-2"
    body = {"username": name, "display_name": "村专职网格员", "role": "grid_worker"}
    with served.api("county_admin") as admin:
        made = admin.post("/v1/accounts", json={**body, "area": VILLAGE, "password": first})
        assert made.status_code == 201, made.text
    served.credentials[name] = {"username": name, "password": first}
    with served.api(name) as worker:
        change = {"old_password": first, "new_password": own}
        assert worker.post("/v1/password", json=change).status_code == 204
    served.credentials[name]["password"] = own
    with served.api(name) as worker:
        token = worker.headers["authorization"].split()[1]
    return {"name": COOKIE, "value": token, "url": served.base}
