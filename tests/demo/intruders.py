"""Callers that must not get through: a KMS that nobody trusts, a signature with a flipped bit."""

import json
import subprocess

import cast
import report as reporting

E2E_SECURITY_CONTEXT_FAILURE = 3


def _attack(stage, name, victim, *options):
    config = stage.agents[name].config
    done = subprocess.run([stage.programs.intruder, "--config", config, "--call", victim.uri,
                           *options], stdout=subprocess.PIPE, stderr=stage.log, text=True)
    return json.loads(done.stdout) if done.stdout else {}


def refused(stage, name, victim, counter, *options):
    report = stage.report
    before, mark = victim.ctl("stats"), victim.mark()
    told = _attack(stage, name, victim, *options)
    after = victim.ctl("stats")

    def grown(what):
        return after[what] - before[what]

    report.calls.append(reporting.call(
        "private", name, victim.person.name, "automatic",
        f"rejected, reason {told.get('reason')}" if told.get("rejects") else "no answer"))
    report.expect(f"{name}.sent", told.get("setup_requests", 0) > 0,
                  f"SETUP REQUESTs: {told.get('setup_requests')}")
    report.expect(f"{name}.rejected", told.get("reason") == E2E_SECURITY_CONTEXT_FAILURE
                  and told.get("ringing") == 0 and told.get("accepts") == 0, told)
    report.expect(f"{name}.counted", grown(counter) == 1, f"{counter} grew by {grown(counter)}")
    report.expect(f"{name}.not_told", not victim.seen(mark, "call.incoming")
                  and not victim.seen(mark, "call.established") and not victim.ctl("status")["calls"],
                  "no ringing, no call")
    report.expect(f"{name}.nothing_decrypted", grown("jobs_decapsulate") == 0,
                  f"decapsulations: {grown('jobs_decapsulate')}")


def run(stage, victim):
    refused(stage, "trudy", victim, "imsg_untrusted")
    refused(stage, "frank", victim, "imsg_signature", "--flip-signature-bit")
    _control(stage, victim)


def _control(stage, victim):
    """The same program with nothing wrong gets through: it is the flipped bit that does not."""
    mark = victim.mark()
    told = _attack(stage, "frank", victim)
    _, taken = victim.wait(mark, "call.established")
    stage.report.expect("frank.unchanged_gets_through", told.get("accepts", 0) > 0 and taken, told)
    victim.wait(mark, "call.ended")
