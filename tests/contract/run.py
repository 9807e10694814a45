"""Starts the program given as argument, holds its contract against the standard, and then its answers to generated requests against the
contract."""

import collections
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).parent
TOOLS = pathlib.Path(sys.executable).parent
PATIENCE_SECONDS = 120
CHART = "/api/natal/chart"
# Far fewer than are sent; a run that asks for hardly a chart tests nothing.
LEAST_ANSWERS = {200: 50, 422: 50, 400: 1, 415: 1}


def main(program):
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder, "log")
        settings = {"BIND_ADDR": "127.0.0.1:0", "ADMIN_ADDR": "off", "DATA_DIR": folder}
        with log.open("w") as output, subprocess.Popen([program], env=settings, stdout=output) as service:
            try:
                address = eventually(lambda: listening(log), service)
                eventually(lambda: ready(address), service)
                validate(f"http://{address}/openapi.json", pathlib.Path(folder, "openapi.json"))
                generate(f"http://{address}/openapi.json", folder)
            finally:
                service.send_signal(signal.SIGTERM)
        if service.returncode != 0:
            sys.exit(f"the service ended with {service.returncode}")
        count(log)


def eventually(condition, service):
    """Returns what condition does, as soon as that is anything."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and service.poll() is None:
        if found := condition():
            return found
        time.sleep(0.05)
    sys.exit("the service does not start")


def entries(log):
    return [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]


def listening(log):
    return next((entry["address"] for entry in entries(log) if entry["message"] == "listening"), None)


def ready(address):
    try:
        return urllib.request.urlopen(f"http://{address}/readyz", timeout=10).status == 200
    except urllib.error.URLError:
        return False


def validate(url, file):
    file.write_bytes(urllib.request.urlopen(url, timeout=10).read())
    subprocess.run([TOOLS / "openapi-spec-validator", file], check=True)


def generate(url, folder):
    command = [TOOLS / "schemathesis", "--config-file", HERE / "schemathesis.toml", "run", "--no-color", url]
    environment = os.environ | {"PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(command, cwd=folder, env=environment, check=True)


def count(log):
    """Checks that the run asked for enough, by what the service logged."""
    answers = collections.Counter(
        entry["status"] for entry in entries(log) if entry["message"] == "answered" and entry["route"] == CHART
    )
    print(f"{CHART} was answered with", ", ".join(f"{status}: {answers[status]}" for status in sorted(answers)))
    for status, least in LEAST_ANSWERS.items():
        if answers[status] < least:
            sys.exit(f"only {answers[status]} answers with {status}, {least} were to be expected")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except subprocess.CalledProcessError as error:
        sys.exit(f"{pathlib.Path(error.cmd[0]).name} found faults")
