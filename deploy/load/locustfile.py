"""A load test: people who upload photos through the web application and wait until each is processed.

It runs with Locust on any machine, and on Azure Load Testing with load-test.yaml; docs/scale.md says how. Two numbers
matter, each with its percentiles: `upload`, until the web application has the photo, and `processed`, from then until
its record says so, which includes the queues and the start of new instances.
"""

import itertools
import os
import time
import uuid
from pathlib import Path

from locust import HttpUser, between, events, task
from locust.exception import RescheduleTask

PHOTO = Path(os.environ.get("PHOTO", "photo.jpg")).read_bytes()
# The cookies of people who are signed in, separated by spaces. The web application limits each person.
SESSIONS = itertools.cycle(os.environ.get("SESSIONS", "").split() or [""])
PAUSE = float(os.environ.get("PAUSE_SECONDS", "1"))
PATIENCE = float(os.environ.get("PATIENCE_SECONDS", "300"))

if not PHOTO.startswith(b"\xff\xd8"):
    raise SystemExit("PHOTO is not a JPEG file.")


def unique() -> bytes:
    """The photo with a comment of its own, so that no two uploads have the same bytes."""
    text = uuid.uuid4().bytes
    return PHOTO[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + PHOTO[2:]


class Person(HttpUser):
    wait_time = between(PAUSE / 2, PAUSE * 3 / 2)

    def on_start(self) -> None:
        if session := next(SESSIONS):
            self.client.headers["Cookie"] = session

    @task
    def upload_and_wait(self) -> None:
        started = time.monotonic()
        address = self.upload()
        outcome = self.outcome(address, started + PATIENCE)
        events.request.fire(
            request_type="WAIT",
            name="processed",
            response_time=(time.monotonic() - started) * 1000,
            response_length=0,
            exception=None if outcome == "processed" else RuntimeError(f"the image is {outcome}"),
        )

    def upload(self) -> str:
        """Sends the photo, and returns the address that says what became of it."""
        headers = {"Content-Type": "image/jpeg"}
        with self.client.post("/api/v1/images", data=unique(), headers=headers, allow_redirects=False, name="upload", catch_response=True) as answer:
            if answer.status_code != 202:
                # A redirect leads to sign-in. After a 429 the person waits for as long as the answer says.
                answer.failure(f"{answer.status_code} {answer.reason}")
                time.sleep(float(answer.headers.get("Retry-After", 0)))
                raise RescheduleTask
            return answer.headers["Location"]

    def outcome(self, address: str, end: float) -> str:
        """The status of the image, once it has one. Asking costs a look-up, so it is done once a second."""
        while time.monotonic() < end:
            time.sleep(1)
            with self.client.get(address, allow_redirects=False, name="status", catch_response=True) as answer:
                if answer.status_code == 200 and (status := answer.json()["status"]) != "pending":
                    return status
        return f"still not processed after {PATIENCE:.0f} s"
