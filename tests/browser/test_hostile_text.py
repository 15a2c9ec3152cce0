"""Text that tries to become markup or code, in every field that reaches a page, stays text."""

from __future__ import annotations

from uuid import uuid4

import psycopg
import pytest
from playwright.sync_api import expect

GRID = "150221104001003"
PROBES = (
    "<img src=x onerror=hacked(1)>",
    "${hacked(2)}",
    "`+hacked(3)+`",
    "</script><script>hacked(4)</script>",
    "\"'><svg onload=hacked(5)>",
    "{{7*7}}",
)
HOSTILE = "".join(PROBES)
SHORT = "<img src=x onerror=hacked(6)>${hacked(7)}`"


@pytest.fixture(scope="module")
def prepare():
    """Plant the text wherever a page takes words from."""

    def plant(database):
        address = database.superuser_url.replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(address) as connection:
            for statement in (
                "UPDATE areas SET name = %(text)s || right(code, 3), official_name = %(text)s",
                "UPDATE people SET name = %(text)s, phone = %(text)s",
                "UPDATE places SET name = %(text)s || name",
                "UPDATE categories SET name = %(text)s, group_name = %(text)s",
                "UPDATE accounts SET display_name = %(text)s, locked_reason = %(text)s",
            ):
                connection.execute(statement, {"text": HOSTILE})

    return plant


@pytest.fixture(scope="module")
def report(served):
    with served.api("dispatcher") as client:
        return send(client)


def send(client, north=0.0):
    lon, lat = client.get(f"/v1/areas/{GRID}").json()["center"]
    answer = client.post(
        "/v1/reports",
        json={
            "channel": "hotline_12345",
            "category": "cg03",
            "text": HOSTILE,
            "address": HOSTILE[:100],
            "position": {"lon": lon, "lat": lat + north, "crs": "cgcs2000", "accuracy_m": 400},
            "reporter": {"name": SHORT, "phone": "00001234567"},
            "source_no": f"S-{uuid4()}"[:20],
        },
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def watched(served):
    opened = served.log_in("county_admin")
    opened.page.add_init_script("window.calls = []; window.hacked = n => window.calls.push(n);")
    yield opened
    assert opened.page.evaluate("window.calls ?? 'not watched'") == []
    assert opened.page.locator("img[src=x], svg[onload]").count() == 0
    opened.page.context.close()
    assert opened.trouble == []


def test_names_of_places_stay_text_on_the_map(watched, report):
    page = watched.open_map()
    expect(page.locator("#figures-title")).to_contain_text(PROBES[0])
    expect(page.locator(".area-table tbody th").first).to_contain_text(PROBES[3])
    page.mouse.move(*centre(page))
    expect(page.locator("#tip")).to_contain_text(PROBES[0])


def test_names_of_people_stay_text_on_a_grids_card(watched, report):
    page = watched.open_map(f"#at={GRID}")
    expect(page.locator(".people").first).to_contain_text(PROBES[1])
    expect(page.locator("#crumbs")).to_contain_text(PROBES[2])
    page.locator(".place-card details summary").first.click()
    expect(page.locator(".people").last).to_contain_text(PROBES[1])


def test_words_of_reports_stay_text_in_a_list(watched, report):
    page = watched.open_map()
    page.click("#tab-reports")
    expect(page.locator(".report-list")).to_contain_text(PROBES[3])


def test_every_word_of_a_report_stays_text_on_its_card(watched, report):
    page = watched.open_map(f"#at={GRID}&report={report['id']}")
    expect(page.locator(".report-full")).to_have_text(HOSTILE)
    expect(page.locator(".report-head")).to_contain_text(PROBES[0])
    page.locator(".report-card details").evaluate_all("all => all.forEach(d => { d.open = true; })")
    expect(page.locator(".history li").first).to_be_visible()
    note = page.locator("#step-note")
    note.fill(HOSTILE)
    page.get_by_role("button", name="结案", exact=True).click()
    expect(page.locator(".report-head")).to_contain_text("已结案")
    # The card is shown anew, and what was unfolded on it stays so.
    expect(page.locator(".history")).to_contain_text(PROBES[3])


def test_a_live_report_stays_text_on_map_and_ticker(served, watched, report):
    page = watched.open_map(f"#at={GRID}")
    page.wait_for_selector("#live[data-state=live]")
    with served.api("dispatcher") as client:
        fresh = send(client, north=0.0003)  # a spot of its own: at one spot two make a disc
    expect(page.locator(f'.report-icon[title*="{fresh["number"]}"]')).to_have_count(1)
    expect(page.locator("#ticker")).to_contain_text(PROBES[0])


def test_results_of_a_search_stay_text(watched):
    page = watched.open_map()
    page.fill("#search-input", "<img")
    expect(page.locator("#search-results [role=option]").first).to_contain_text(PROBES[0])
    page.fill("#search-input", "${hacked(2)}不存在")
    expect(page.locator("#search-results")).to_contain_text("没有找到")


def test_names_of_accounts_and_reasons_stay_text(watched):
    page = watched.page
    page.goto(f"{watched.base}/accounts")
    expect(page.locator("#accounts-body tr").first).to_contain_text(PROBES[0])
    page.locator("#accounts-body").get_by_role("button", name="重设密码").first.click()
    expect(page.locator("#change-effect")).to_contain_text(PROBES[3])


def test_the_audit_shows_hostile_reasons_as_text(served, watched):
    with served.api("county_admin") as client:
        accounts = client.get("/v1/accounts").json()["items"]
        target = next(each for each in accounts if each["role"] == "leader")
        answer = client.post(f"/v1/accounts/{target['id']}/lock", json={"reason": SHORT})
        assert answer.status_code == 204, answer.text
    watched.page.goto(f"{watched.base}/audit")
    expect(watched.page.locator("#audit-body")).to_contain_text(SHORT)


def test_the_login_page_gives_a_hostile_username_back_as_text(served, browser):
    page = browser.new_context().new_page()
    page.add_init_script("window.calls = []; window.hacked = n => window.calls.push(n);")
    page.goto(f"{served.base}/login?next=/map%22%3E%3Cimg%20src=x%20onerror=hacked(8)%3E")
    page.fill("#username", SHORT)
    page.fill("#password", "wrong-password-1")
    page.click("button[type=submit]")
    expect(page.locator("[role=alert]")).to_be_visible()
    assert page.input_value("#username") == SHORT
    assert page.evaluate("window.calls") == []
    assert page.locator("img").count() == 0
    page.context.close()


def test_an_address_of_the_map_cannot_carry_code(watched):
    page = watched.open_map(
        f"#at={GRID}&layer=<img src=x onerror=hacked(9)>&report=${{hacked(10)}}"
    )
    expect(page.locator(".place-card")).to_be_visible()


def centre(page):
    box = page.locator(".folium-map").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
