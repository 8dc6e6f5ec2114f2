"""`exec --intercept`: unmodified clients reach vendors by their own URLs, by nothing but their environment."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from mockmarket.cli import intercept
from mockmarket.cli.hosting import hosting
from mockmarket.config import Config, Proxy, Tls
from tests.conftest import planted_cache
from tests.running import FIXTURE, command, finish

CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith("MOCKMARKET_") and name.upper() not in ("PORT", "NO_PROXY", "HTTP_PROXY", "HTTPS_PROXY")
}
LISTS = """
import os, threading, http.server, requests
heard = threading.Event()
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200); self.end_headers(); heard.set()
    def log_message(self, *words): pass
receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
def headers(vendor, *names):
    return {name: os.environ[f"MOCKMARKET_{vendor}_{name.upper().replace('-', '_')}"] for name in names}
events = "https://api.zatabox.com/api/v1/events", headers("ZATABOX", "Authorization")
stock = "https://skybox.vividseats.com/services/inventory", headers("SKYBOX", "X-Account", "X-Api-Token", "X-Application-Token")
base, key = "https://api.ticketnation.ph/open-api/v1", headers("TICKETNATION", "api-key")
for url, own in (events, stock, (f"{base}/events", key)):
    print(requests.get(url, headers=own, timeout=30).status_code)
url = f"http://127.0.0.1:{receiver.server_port}/"
hook = requests.post(f"{base}/webhooks", headers=key, json={"url": url, "events": ["order.completed"]}, timeout=30)
print(hook.status_code, requests.post(f"{base}/webhooks/{hook.json()['data']['id']}/test", headers=key, timeout=30).status_code)
print(heard.wait(30))
"""


@pytest.mark.thorough
def test_python_lists_and_receives_by_vendors_own_urls() -> None:
    code, out, err = finish(
        command("exec", "--fixture", "small", "--intercept", "--", sys.executable, "-c", LISTS, environ=CLEAN)
    )

    assert (code, err) == (0, "")
    assert out.split() == ["200", "200", "200", "201", "200", "True"]


@pytest.mark.thorough
@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl_reaches_a_vendor_by_its_own_url() -> None:
    key = '-H "Authorization: $MOCKMARKET_ZATABOX_AUTHORIZATION"'
    script = f'curl -s -o /dev/null -w "%{{http_code}}" https://api.zatabox.com/api/v1/events {key}'

    code, out, err = finish(
        command("exec", "--fixture", "small", "--intercept", "--", "sh", "-c", script, environ=CLEAN)
    )

    assert (code, out, err) == (0, "200", "")


def test_variables_name_proxy_and_trust() -> None:
    config = Config(port=0, fixture=FIXTURE, cache=planted_cache(), tls=Tls(), proxy=Proxy())
    with hosting(config) as server, intercept.intercepting(server, {"JAVA_TOOL_OPTIONS": "-Xmx1g"}) as variables:
        assert server.https
        names = ssl.create_default_context(cafile=variables["SSL_CERT_FILE"]).get_ca_certs()
        ini = next(Path(variables["PHP_INI_SCAN_DIR"].lstrip(":")).glob("*.ini")).read_text()

        assert variables["HTTPS_PROXY"] == variables["http_proxy"] == server.https.proxy_url
        assert variables["NODE_EXTRA_CA_CERTS"] == variables["REQUESTS_CA_BUNDLE"] == variables["CURL_CA_BUNDLE"]
        assert any("mockmarket" in str(name["subject"]) for name in names)
        assert len(names) > 1
        assert f'curl.cainfo="{variables["SSL_CERT_FILE"]}"' in ini
        assert variables["JAVA_TOOL_OPTIONS"].startswith("-Xmx1g -Dhttp.proxyHost=127.0.0.1")

    assert not Path(variables["SSL_CERT_FILE"]).exists()


@pytest.mark.parametrize(
    ("inherited", "direct"),
    [
        ({}, "localhost,127.0.0.1,::1"),
        ({"NO_PROXY": "*"}, "localhost,127.0.0.1,::1"),
        ({"no_proxy": "db.local, localhost"}, "db.local,localhost,127.0.0.1,::1"),
    ],
)
def test_hosts_called_directly_still_are(inherited: dict[str, str], direct: str) -> None:
    variables = intercept.proxies("http://127.0.0.1:1", inherited)

    assert variables["NO_PROXY"] == variables["no_proxy"] == direct


def test_authorities_of_the_environment_stay_trusted(tmp_path: Path) -> None:
    own = tmp_path / "own.pem"
    own.write_text("mine\n\n")

    assert intercept.authorities({"SSL_CERT_FILE": str(tmp_path / "none"), "CURL_CA_BUNDLE": str(own)}) == b"mine\n"


@pytest.mark.skipif(shutil.which("keytool") is None, reason="needs Java's keytool")
@pytest.mark.thorough
def test_java_reads_the_trust_store() -> None:
    config = Config(port=0, fixture=FIXTURE, cache=planted_cache(), tls=Tls(), proxy=Proxy())
    with hosting(config) as server, intercept.intercepting(server, {}) as variables:
        options = dict(word.removeprefix("-D").split("=", 1) for word in variables["JAVA_TOOL_OPTIONS"].split())
        store = options["javax.net.ssl.trustStore"]
        listing = subprocess.run(
            ["keytool", "-list", "-keystore", store, "-storepass", intercept.PASSWORD],
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    assert listing.count("trustedCertEntry") > 1
