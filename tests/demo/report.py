"""What was expected, what happened, and the calls with their numbers."""

import json


class Report:
    def __init__(self):
        self.expectations, self.calls = [], []

    def expect(self, name, ok, detail=""):
        self.expectations.append({"name": name, "ok": bool(ok), "detail": str(detail)})
        print(f"  {'ok  ' if ok else 'FAIL'} {name}: {detail}", flush=True)
        return bool(ok)

    def is_ok(self):
        return bool(self.expectations) and all(e["ok"] for e in self.expectations)

    def write(self, path):
        summary = {"ok": self.is_ok(), "expectations": self.expectations, "calls": self.calls}
        with open(path, "w") as f:
            json.dump(summary, f, indent=1)
            f.write("\n")

    def print_calls(self):
        print("\ncall     from   to     mode       result        set-up ms: total network verify decaps.")
        for c in self.calls:
            ms = [_number(c["setup_ms"][k]) for k in ("total", "network", "verify", "decapsulate")]
            print(f"{c['type']:8} {c['from']:6} {c['to']:6} {c['mode']:10} {c['result']:22}"
                  f" {ms[0]:>7} {ms[1]:>7} {ms[2]:>6} {ms[3]:>7}")
        print("\nstream                 sent received  lost failed  frames sent decoded  PSNR dB")
        for s in (s for c in self.calls for s in c["streams"]):
            way = f"{s['from']} > {s['to']} {s['media']}"
            print(f"{way:21} {s['sent']:>5} {s['received']:>8} {s['lost']:>5} {s['failed']:>6}"
                  f" {s['frames_sent']:>12} {s['frames_decoded']:>7} {_number(s['psnr_db']):>8}")

    def print_verdict(self):
        failed = [e for e in self.expectations if not e["ok"]]
        print(f"\n{len(self.expectations)} expectations, {len(failed)} failed")
        for e in failed:
            print(f"  FAILED {e['name']}: {e['detail']}")


def _number(value):
    return "-" if value is None else f"{value:.1f}"


def call(kind, caller, callee, mode, result, setup_ms=None):
    """An entry of "calls"; streams are added to it."""
    times = {"total": None, "network": None, "verify": None, "decapsulate": None}
    return {"type": kind, "from": caller, "to": callee, "mode": mode, "result": result,
            "setup_ms": times | (setup_ms or {}), "streams": []}


def setup_ms(caller_event, callee_event):
    """Of the two call.established events; each side knows its own part."""
    ours, theirs = caller_event.get("setup", {}), callee_event.get("setup", {})

    def ms(of, name):
        return round(of[name] / 1000, 2) if name in of else None

    return {"total": ms(ours, "total_us"), "network": ms(ours, "network_us"),
            "verify": ms(theirs, "verify_us"), "decapsulate": ms(theirs, "decapsulate_us")}
