"""Run the scripts of the pages in Node, one expression at a time."""

import json
import subprocess
from pathlib import Path

JS = Path(__file__).parents[3] / "maps" / "assets" / "app" / "js"


def run(module, expression, also=()):
    """Return what a JavaScript expression over the exports ``m`` of a module gives, as JSON.

    ``also`` are modules whose exports the expression reads by the name of the module.
    """
    imports = "".join(
        f"import * as {name} from {json.dumps((JS / f'{file}.js').as_uri())};"
        for name, file in (("m", module), *((one, one) for one in also))
    )
    done = subprocess.run(
        ["node", "--input-type=module", "--no-warnings", "-e",
         f"{imports}console.log(JSON.stringify({expression}))"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def exported(module, *names):
    """Return constants of a module; a Set as a list."""
    plain = "((v) => v instanceof Set ? [...v] : v)"
    return run(module, f"{json.dumps(names)}.map((name) => {plain}(m[name]))")
