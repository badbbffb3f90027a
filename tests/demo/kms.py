"""A KMS domain: what mcvkms does for it."""

import subprocess


class Domain:
    def __init__(self, programs, directory, uri, passphrase_file, group_manager=None):
        self._command = [programs.mcvkms, "--dir", f"{directory}/{uri}", "--passphrase-file",
                         passphrase_file]
        self._passphrase_file = passphrase_file
        self.certificate = f"{directory}/{uri}.cert"
        self.run("init", "--kms", uri, *(["--gms", group_manager] if group_manager else []))
        self.run("cert", "export", self.certificate)

    def run(self, *words):
        subprocess.run([*self._command, *words], check=True, stdout=subprocess.DEVNULL)

    def issue(self, *users):
        self.run("issue", *users)

    def trust(self, other):
        self.run("cert", "trust", other.certificate)

    def bundle(self, user, path):
        self.run("bundle", user, "--out", path, "--device-passphrase-file", self._passphrase_file)

    def export(self, path, is_first):
        self.run("export", "--reveal-secrets", "--out", path, *([] if is_first else ["--append"]))
