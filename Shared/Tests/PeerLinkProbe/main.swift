// One end of links, for tests against other implementations and for measuring: commands are lines of JSON on stdin,
// events lines of JSON on stdout. The test that drives it (Tests/harness/probe.py) lists both.
import EventLoop
import Foundation
import Glibc

signal(SIGPIPE, SIG_IGN)
Thread.detachNewThread {
    while let line = readLine() { LoopActor.post { Probe.shared.take(line) } }
    LoopActor.post { exit(0) }
}
while true { sleep(1_000) }
