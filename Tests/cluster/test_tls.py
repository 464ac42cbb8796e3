"""HTTPS: streams over the other path through the server, certificates that change, and HTTPS between services."""

import re
import signal
import time

import pytest
from harness.cluster import SECRET
from harness.media import h264_push
from harness.program import BIN, run
from harness.waiting import until


def make_certificate(folder, name, days=2):
    """A self-signed certificate for 127.0.0.1."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subject = ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    made = run(["openssl", "req", "-x509", *kind, "-nodes", "-days", str(days), *subject, "-keyout", key, "-out", certificate])
    assert made.returncode == 0, made.stderr
    return certificate, key


def days_left(url, certificate):
    """What a service tells of the certificate in use."""
    text = run(["curl", "-sS", "--cacert", certificate, f"{url}/metrics"]).stdout
    return (float(re.search(r"_tls_certificate_expires_seconds (\d\S*)", text)[1]) - time.time()) / 86_400


@pytest.fixture
def secure(cluster, folder):
    cluster.certificate, cluster.key = make_certificate(folder, "first")
    flags = ["--tls-cert", cluster.certificate, "--tls-key", cluster.key, "--tls-ca", cluster.certificate]
    cluster.coordinate()
    cluster.forward_service = cluster.forward(*flags, name="forward")
    cluster.ffmpeg(*h264_push(f"{cluster.coordinate_service.url}/stream", with_sound=True))
    cluster.live()
    cluster.url = f"https://{cluster.forward_service.address}"
    return cluster


@pytest.mark.parametrize("form", ["mp4", "ts"])
def test_a_stream_over_https_plays(secure, folder, form):
    file = folder / f"secure.{form}"
    curl = ["curl", "-sS", "--cacert", secure.certificate, "--max-time", "4", "-o", file]
    fetched = run([*curl, f"{secure.url}/live/live.{form}"])
    assert fetched.returncode == 28, fetched.stderr
    probe = run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name", file])
    assert "codec_name=h264" in probe.stdout and "codec_name=aac" in probe.stdout
    assert file.stat().st_size > 100_000


def test_a_new_certificate_is_used_after_hangup_and_a_broken_one_is_not(secure, folder):
    curl = ["curl", "-sS", "--max-time", "5", "-o", "/dev/null", "-w", "%{http_code}"]
    health = f"{secure.url}/healthz"
    watching = secure.run("watching", "curl", "-sSN", "--cacert", secure.certificate, "-o", folder / "long.ts",
                          f"{secure.url}/live/live.ts")
    until(lambda: (folder / "long.ts").exists() and (folder / "long.ts").stat().st_size, 10, "the viewer gets bytes")
    assert run([*curl, "--cacert", secure.certificate, health]).stdout == "200"
    old = folder / "old.pem"
    old.write_bytes(secure.certificate.read_bytes())
    second, second_key = make_certificate(folder, "second", days=5)
    assert 1.9 < days_left(secure.url, old) <= 2
    secure.certificate.write_bytes(second.read_bytes())
    secure.key.write_bytes(second_key.read_bytes())
    secure.forward_service.process.send_signal(signal.SIGHUP)
    secure.forward_service.logged("Certificate reloaded")
    assert run([*curl, "--cacert", second, health]).stdout == "200"
    assert run([*curl, "--cacert", old, health]).returncode == 60
    assert 4.9 < days_left(secure.url, second) <= 5
    secure.key.write_text("no key")
    secure.forward_service.process.send_signal(signal.SIGHUP)
    secure.forward_service.logged("The old certificate stays in use")
    assert run([*curl, "--cacert", second, health]).stdout == "200"
    # Who was watching goes on watching.
    size = (folder / "long.ts").stat().st_size
    until(lambda: (folder / "long.ts").stat().st_size > size, 10, "the viewer gets more")
    assert watching.is_running


def test_a_whole_cluster_over_https(cluster, folder):
    certificate, key = make_certificate(folder, "cluster")
    flags = ["--tls-cert", certificate, "--tls-key", key, "--tls-ca", certificate]
    coordinate = cluster.coordinate(*flags)
    url = f"https://{coordinate.address}"
    tracker = cluster.tracker(*flags, coordinate=url)
    cluster.forward(*flags, "--tracker", f"https://{tracker.address}", upstream=url)
    push = h264_push(f"{url}/stream")
    cluster.ffmpeg(*push[:-1], "-tls_verify", "0", push[-1])
    coordinate.logged("Forward registered")
    coordinate.logged("Publisher's media")
    watch = [BIN / "client", "watch", f"{url}/live", "--verify", "--duration", "6s", "--buffer", "1s", "--stats", "-"]
    watched = run([*watch, "--tls-ca", certificate], 30)
    assert watched.returncode == 0, watched.stderr
    import json

    final = json.loads(watched.stdout.splitlines()[-1])
    assert final["decodeErrors"] == 0 and final["continuity"] >= 0.999 and final["framesDecoded"] > 60
    assert final["parents"][0]["forward"].startswith("https://")
    assert SECRET not in tracker.text()
    distrusting = run([*watch, "--wait", "500ms"])
    assert distrusting.returncode == 1 and "ertificate" in distrusting.stderr
