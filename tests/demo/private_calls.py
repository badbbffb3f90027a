"""Private calls: automatic and manual commencement, and another KMS domain."""

import report as reporting
from flow import Flow


def _establish(stage, caller, callee, mode):
    """(call of the caller, call of the callee, entry of the summary, marks of the events of both
    before it); None when it failed."""
    report, name = stage.report, f"{caller.person.name}_calls_{callee.person.name}"
    ours, theirs = caller.mark(), callee.mark()
    answer = caller.ctl("call", callee.uri, *(["--manual"] if mode == "manual" else []))
    if not report.expect(f"{name}.{mode}.called", "error" not in answer, answer):
        return None
    if mode == "manual":
        _answer(report, f"{name}.manual", caller, callee, ours, theirs)
    _, made = caller.wait(ours, "call.established")
    _, taken = callee.wait(theirs, "call.established")
    times = reporting.setup_ms(made, taken)
    entry = reporting.call("private", caller.person.name, callee.person.name, mode,
                           "established" if made and taken else "failed", times)
    report.calls.append(entry)
    detail = ", ".join(f"{k} {v} ms" for k, v in times.items()) if made else \
        caller.seen(ours, "call.ended")
    if not report.expect(f"{name}.{mode}.established", made and taken, detail):
        return None
    _check_protected(report, f"{name}.{mode}", caller, callee, made, taken)
    return made["call"], taken["call"], entry, (ours, theirs)


def _answer(report, name, caller, callee, ours, theirs):
    _, incoming = callee.wait(theirs, "call.incoming", manual=True)
    _, ringing = caller.wait(ours, "call.ringing")
    report.expect(f"{name}.rings", incoming and ringing, "RINGING; the user is asked")
    report.expect(f"{name}.waits", not caller.seen(ours, "call.established"),
                  "not established before the user accepts")
    report.expect(f"{name}.accepted", "error" not in callee.ctl("accept", incoming.get("call", 0)),
                  "by mcvctl")


def _check_protected(report, name, caller, callee, made, taken):
    a, b = caller.call_info(made["call"]), callee.call_info(taken["call"])
    report.expect(f"{name}.protected", a.get("protected") and b.get("protected")
                  and a["key_id"] == b["key_id"], f"both hold the PCK {a.get('key_id')}")


def _release(stage, caller, callee, call, entry, name):
    ours, theirs = caller.mark(), callee.mark()
    caller.ctl("release", call)
    _, a = caller.wait(ours, "call.ended")
    _, b = callee.wait(theirs, "call.ended")
    reasons = a.get("reason"), b.get("reason")
    stage.report.expect(f"{name}.released", reasons == ("released", "released_by_peer"), reasons)
    if entry["result"] == "established":
        entry["result"] = "released"


def _media(stage, name, entry, sender, receiver, n_frames, since=None):
    """since: marks of sender and receiver before the first one had permission; None: now."""
    ours, theirs = since or (sender[0].mark(), receiver[0].mark())
    flow = Flow(sender, receiver, n_frames, stage.media, stage.log)
    streams = flow.finish()
    flow.check(stage.report, name, streams)
    entry["streams"] += streams
    _check_permission(stage.report, f"{name}.{sender[0].person.name}", sender[0], receiver[0],
                      ours, theirs)


def _check_permission(report, name, sender, receiver, ours, theirs):
    """Local RTP asked for it, and 500 ms without any gave it back."""
    _, granted = sender.wait(ours, "ptt.granted")
    report.expect(f"{name}.ptt_granted", granted, f"by {granted.get('user') or 'nobody else'}")
    _, taken = receiver.wait(theirs, "ptt.taken", user=sender.uri)
    _, released = receiver.wait(theirs, "ptt.released", user=sender.uri)
    _, idle = receiver.wait(theirs, "ptt.idle")
    report.expect(f"{name}.ptt_taken_and_released", taken and released and idle,
                  f"as {receiver.person.name} hears it")


def automatic(stage, caller, callee, n_frames):
    name = f"{caller.person.name}_calls_{callee.person.name}.automatic"
    made = _establish(stage, caller, callee, "automatic")
    if made is None:
        return
    _media(stage, name, made[2], (caller, made[0]), (callee, made[1]), n_frames, made[3])
    _release(stage, caller, callee, made[0], made[2], name)


def manual(stage, caller, callee, n_frames):
    """Media one way, then the other."""
    name = f"{caller.person.name}_calls_{callee.person.name}.manual"
    made = _establish(stage, caller, callee, "manual")
    if made is None:
        return
    _media(stage, name, made[2], (caller, made[0]), (callee, made[1]), n_frames, made[3])
    _media(stage, name, made[2], (callee, made[1]), (caller, made[0]), n_frames)
    _release(stage, caller, callee, made[0], made[2], name)
