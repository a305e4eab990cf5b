"""Let one account list and read CN=Deleted Objects, as `dsacls ... /G account:LCRP` does on Windows.

Run with the system's Python, which has Samba's modules: `read_deleted.py SMB_CONF SAM_LDB ACCOUNT`.
samba-tool cannot address that container.
"""

import sys

import ldb
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_pack, ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB


def main(conf: str, database: str, account: str) -> None:
    """Add an access entry for *account* to the container, once."""
    settings = LoadParm()
    settings.load(conf)
    sam = SamDB(url=database, session_info=system_session(), lp=settings)
    found = sam.search(
        sam.domain_dn(), ldb.SCOPE_SUBTREE, f"(sAMAccountName={ldb.binary_encode(account)})", ["objectSid"]
    )
    if len(found) != 1:
        sys.exit(f"no account {account}")
    sid = str(ndr_unpack(security.dom_sid, found[0]["objectSid"][0]))
    domain = security.dom_sid(sam.get_domain_sid())
    where = ldb.Dn(sam, f"CN=Deleted Objects,{sam.domain_dn()}")
    controls = ["show_deleted:1", "sd_flags:1:4"]
    entry = sam.search(where, ldb.SCOPE_BASE, attrs=["nTSecurityDescriptor"], controls=controls)[0]
    sddl = ndr_unpack(security.descriptor, entry["nTSecurityDescriptor"][0]).as_sddl(domain)
    if sid in sddl:
        return
    wanted = security.descriptor.from_sddl(f"{sddl}(A;CI;LCRPLO;;;{sid})", domain)
    change = ldb.Message(where)
    change["sd"] = ldb.MessageElement(ndr_pack(wanted), ldb.FLAG_MOD_REPLACE, "nTSecurityDescriptor")
    sam.modify(change, controls)


if __name__ == "__main__":
    main(*sys.argv[1:4])
