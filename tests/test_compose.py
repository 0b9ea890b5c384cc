"""docker-compose.yml names nothing that is not there, gives no secret away and runs nothing as root."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from bot.install import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE: str = SERVICES["bot"]["build"]["dockerfile_inline"]
every_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)


@every_service
def test_every_service_says_whether_it_is_well_and_comes_back(service: dict[str, Any]) -> None:
    assert service["healthcheck"]["test"]
    assert service["restart"] == "unless-stopped"


@every_service
def test_no_service_is_root_or_writes_outside_its_volumes(service: dict[str, Any]) -> None:
    user = service.get("user") or re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)[-1]
    assert user not in ("root", "0")
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]


@every_service
def test_no_secret_stands_in_the_file(service: dict[str, Any]) -> None:
    secrets = {name for name in service.get("environment", {}) if re.search("TOKEN|SECRET|PASSWORD|_SID", name)}
    assert not {name for name in secrets if service["environment"][name] is not None}


def test_every_image_has_a_version() -> None:
    images = [service["image"] for service in SERVICES.values() if "image" in service]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(images) == 4
    assert not [image for image in images if not re.search(r":\d", image)]


def test_every_setting_of_the_bot_is_one() -> None:
    source = (ROOT / "bot" / "settings.py").read_text()
    assert not [name for name in SERVICES["bot"]["environment"] if f'"{name}"' not in source]


def test_every_file_and_volume_is_there() -> None:
    copied = " ".join(re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)).split()
    assert copied
    assert not [name for name in copied if not (ROOT / name).exists()]
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert mounted == set(COMPOSE["volumes"])


def test_compose_leaves_the_dockerfile_as_it_is_written() -> None:
    assert "$" not in DOCKERFILE.replace("$$", "")
