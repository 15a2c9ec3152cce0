"""Send the report of the README as it stands there."""

from __future__ import annotations

import json
import re

import httpx2 as httpx
import pytest

from api.settings import PROJECT_DIR


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_report_of_the_readme_is_routed_as_the_readme_says(
    client: httpx.Client, readme: str
) -> None:
    text = (PROJECT_DIR / readme).read_text("utf-8")
    (body,) = re.findall(r"-d '(\{\"channel\".*?\})' \|", text, re.DOTALL)
    answer = client.post(
        "/v1/reports", json=json.loads(body), headers={"Idempotency-Key": f"readme-{readme}"}
    )
    assert answer.status_code == 201, answer.text
    report = answer.json()
    said = text.split("python3 -m json.tool", 1)[1]
    assert f'"decision": "{report["decision"]}"' in said
    assert f"`{report['grid']['code']}` {report['grid']['name']}" in said
    quoted = re.findall(r"^> (.+)$", said, re.MULTILINE)
    assert quoted[0] in {reason["detail"] for reason in report["assignment"]["reasons"]}
    assert report["assignment"]["worker"] is not None
