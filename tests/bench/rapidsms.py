"""`python -m tests.bench.rapidsms [--venv DIR] [--json FILE]`: RapidSMS at the same work on the same machine.

The work of one message: Twilio's signature is checked with its library, the message is a row that stands once, its
router finds the connection and hands the text to an application, which reads and writes a session, one row in
five of a domain, and answers; the answer is a row. It neither understands nor translates: that Chaski does besides. It
runs with gunicorn, on SQLite in a file (WAL, each request one transaction), in a venv of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.bench.load import measure, percentile, requests
from tests.bench.turns import ROUNDS, running, say, started, until_up
from tests.fakes import TOKEN
from tests.running import environment, free_port

PACKAGES = ("RapidSMS==2.2.0", "Django>=5.2,<5.3", "gunicorn>=23", "twilio>=9,<10", "setuptools<80")
WORKERS, THREADS = 2, 8
IN_FLIGHT, SECONDS = 16, 3.0

SETTINGS = """
from pathlib import Path
SECRET_KEY = "made up for a bench"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "peer.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
ATOMIC = {"timeout": 20, "transaction_mode": "IMMEDIATE"}
ATOMIC["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"
DATABASES = {"default": {
    "ENGINE": "django.db.backends.sqlite3", "NAME": Path(__file__).parent / "peer.db", "ATOMIC_REQUESTS": True,
    "CONN_MAX_AGE": None, "OPTIONS": ATOMIC,
}}
INSTALLED_APPS = [
    "django.contrib.contenttypes", "django.contrib.auth", "rapidsms", "rapidsms.backends.database", "peer",
]
INSTALLED_BACKENDS = {"twilio": {"ENGINE": "rapidsms.backends.database.DatabaseBackend"}}
RAPIDSMS_ROUTER = "rapidsms.router.blocking.BlockingRouter"
LOGGING_CONFIG = None
"""

MODELS = """
from django.db import models
class Delivery(models.Model):
    provider_id = models.CharField(max_length=64, unique=True)
    sender = models.CharField(max_length=20)
    body = models.TextField()
    received_at = models.DateTimeField(auto_now_add=True)
class Session(models.Model):
    connection = models.OneToOneField("rapidsms.Connection", on_delete=models.CASCADE)
    state = models.TextField(default="{}")
class Report(models.Model):
    connection = models.ForeignKey("rapidsms.Connection", on_delete=models.CASCADE)
    body = models.TextField()
"""

APP = """
import json
from rapidsms.apps.base import AppBase

from peer.models import Report, Session
class Peer(AppBase):
    def handle(self, msg):
        session, _ = Session.objects.get_or_create(connection=msg.connections[0])
        state = json.loads(session.state)
        state["texts"] = [*state.get("texts", [])[-5:], msg.text]
        session.state = json.dumps(state)
        session.save()
        if len(msg.text) % 5 == 0:
            Report.objects.create(connection=msg.connections[0], body=msg.text)
        msg.respond("Las proximas ferias: 1 Compone jue 26 2 Huancaro sab 28 3 Tambo Real sab 28. Responde el numero.")
        return True
"""

VIEWS = """
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rapidsms.router import lookup_connections, receive
from twilio.request_validator import RequestValidator
from peer.models import Delivery
VALIDATOR = RequestValidator("{token}")
@csrf_exempt
def sms(request):
    form = request.POST.dict()
    if not VALIDATOR.validate(request.build_absolute_uri(), form, request.headers.get("X-Twilio-Signature", "")):
        return HttpResponse(status=403)
    try:
        with transaction.atomic():
            Delivery.objects.create(provider_id=form["MessageSid"], sender=form["From"], body=form["Body"])
    except IntegrityError:
        return _answer()
    receive(form["Body"], lookup_connections("twilio", [form["From"]])[0])
    return _answer()
def _answer():
    body = "<Response/>"
    return HttpResponse(body, content_type="text/xml", headers={{"Content-Length": len(body)}})
"""

URLS = """
from django.urls import path
from peer.views import sms
urlpatterns = [path("twilio/sms", sms)]
"""

WSGI = """
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
"""


def project(folder: Path) -> None:
    """The peer's files."""
    package = folder / "peer"
    (package / "migrations").mkdir(parents=True)
    files = {"../settings_of_peer": SETTINGS, "models": MODELS, "app": APP, "urls": URLS, "wsgi": WSGI, "__init__": ""}
    files |= {"views": VIEWS.format(token=TOKEN), "migrations/__init__": ""}
    for name, text in files.items():
        (package / f"{name}.py").write_text(text)


def installed(folder: Path) -> Path:
    """The Python of a venv with RapidSMS in it, made when it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        say(f"installing {', '.join(PACKAGES)} …")
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True, env=environment())
    return python


def compare(python: Path, folder: Path) -> dict[str, float]:
    """Texts a second and milliseconds of either, in rounds by turns."""
    project(folder)
    environ = environment(DJANGO_SETTINGS_MODULE="settings_of_peer", PYTHONPATH=str(folder))
    for command in (["makemigrations", "peer"], ["migrate"]):
        subprocess.run([python, "-m", "django", *command], check=True, env=environ, capture_output=True)
    port = free_port()
    gunicorn = ["-m", "gunicorn", "peer.wsgi", "-b", f"127.0.0.1:{port}", "-w", str(WORKERS), "--threads", str(THREADS)]
    with ExitStack() as kept, (folder / "gunicorn.log").open("w") as said:
        peer = kept.enter_context(started([*gunicorn, "--keep-alive", "60"], environ, said, python=str(python)))
        ours, process = kept.enter_context(running("web", folder))
        until_up(port)
        servers = {"rapidsms": (port, peer.pid), "chaski": (ours, process)}
        sources = {name: requests(at) for name, (at, _) in servers.items()}
        found = [
            (name, measure(at, sources[name], IN_FLIGHT, SECONDS, pid))
            for _ in range(ROUNDS)
            for name, (at, pid) in servers.items()
        ]
    figures: dict[str, float] = {}
    for name in servers:
        figures[f"{name}_per_second"] = round(statistics.median(each.rate for who, each in found if who == name))
        waits = [wait for who, each in found if who == name for wait in each.waits]
        figures[f"{name}_p50_ms"], figures[f"{name}_p99_ms"] = (round(percentile(waits, part)) for part in (0.5, 0.99))
    figures["ratio"] = round(figures["chaski_per_second"] / figures["rapidsms_per_second"], 1)
    return figures


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venv", type=Path, help="where RapidSMS is, or is to be installed; else a throw-away one")
    parser.add_argument("--json", type=Path, help="where the figures are written")
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        python = installed(asked.venv or Path(folder) / "venv")
        figures = compare(Path(os.path.abspath(python)), Path(folder))
    for name, figure in figures.items():
        say(f"{name:22} {figure}")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
