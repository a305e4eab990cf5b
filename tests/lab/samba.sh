#!/usr/bin/env bash
# The directory the tests work against: a Samba Active Directory domain controller of their own.
#
#   samba.sh install             apt-get what tests/lab/packages.txt lists and this machine lacks
#   samba.sh start               make the domain if there is none, run it, return when LDAPS answers
#   samba.sh stop
#   samba.sh reset [NAME]        back to the new domain, or to a snapshot; running again afterwards
#   samba.sh snapshot NAME       keep the present state under NAME
#   samba.sh seed N [--hostile]  N made-up people in OU=People, written offline (--hostile: the first have bad names)
#   samba.sh load FILE           the same for an LDIF file
#   samba.sh status              exit 0 if it runs
#   samba.sh env                 its coordinates as NAME=value lines
#   samba.sh tool ARGS...        samba-tool on this domain, also while it runs
#   samba.sh keytab ACCOUNT FILE a Kerberos keytab of ACCOUNT
#   samba.sh read-deleted NAME   let the account NAME list and read CN=Deleted Objects
#   samba.sh wipe                stop it and delete everything
#
# KEEPSTEP_LAB           where it lives, default .lab/samba of this checkout; nothing is written elsewhere
# KEEPSTEP_LAB_ADDRESS   its loopback address, one of 127.0.88.1 to 127.0.88.9; default one that is free when it
#                        starts. Samba's LDAP ports are fixed when it is compiled: several domains differ in address.
# Needs root for ports below 1024: called by anybody else it goes through sudo.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lab=${KEEPSTEP_LAB:-$(dirname "$(dirname "$here")")/.lab/samba}

realm=LAB.EXAMPLE
workgroup=LAB
dc=dc1
domain=${realm,,}
base=DC=${domain//./,DC=}
password='Lab-Admin-2718!'

fail() {
    printf 'samba.sh: %s\n' "$*" >&2
    exit 1
}

if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "needs root, and there is no sudo"
    exec sudo --preserve-env=KEEPSTEP_LAB,KEEPSTEP_LAB_ADDRESS,DEBIAN_FRONTEND bash "${BASH_SOURCE[0]}" "$@"
fi

# ---------------------------------------------------------------- packages

listed() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$here/packages.txt"; }

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# The packages of a list on standard input that are not installed and that this release has: releases cut them differently.
obtainable() {
    local package
    while read -r package; do
        if ! installed "$package" && apt-cache show "$package" >/dev/null 2>&1; then printf '%s\n' "$package"; fi
    done
}

usable() {
    local program
    for program in samba samba-tool ldbadd ldapsearch slapd kinit openssl gcc shellcheck; do
        PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || return 1
    done
    for program in samba/ldb/samba_dsdb.so samba/vfs/acl_xattr.so sasl2/libgssapiv2.so; do
        compgen -G "/usr/lib/*/$program" >/dev/null || return 1
    done
    [ -e /usr/share/samba/setup/provision.ldif ] && [ -e /usr/include/ldap.h ] && [ -e /usr/include/sasl/sasl.h ]
}

fetch() { # packages
    apt-get -o DPkg::Lock::Timeout=600 -qq install -y --no-install-recommends "$@" </dev/null >&2
}

install_packages() {
    local guard=/usr/sbin/policy-rc.d placed='' good=yes
    local -a wanted
    if usable; then return; fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get -o DPkg::Lock::Timeout=600 -qq update >&2
    # no package may start a server with the distribution's own configuration
    if [ ! -e "$guard" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$guard"
        chmod 755 "$guard"
        placed=yes
    fi
    mapfile -t wanted < <(listed | grep -v '^?' | obtainable)
    [ "${#wanted[@]}" -eq 0 ] || fetch "${wanted[@]}" || good=''
    if ! usable; then
        mapfile -t wanted < <(listed | sed -n 's/^?//p' | obtainable)
        [ "${#wanted[@]}" -eq 0 ] || fetch "${wanted[@]}" || good=''
    fi
    [ -z "$placed" ] || rm -f "$guard"
    [ -n "$good" ] || fail "apt-get could not install: ${wanted[*]}"
    usable || fail "the packages are installed, and something is still missing (see usable() in ${BASH_SOURCE[0]})"
}

# ---------------------------------------------------------------- the process

# $lab/made is written last when a domain is made: without it there is none. $lab/address is where it runs or last ran.
addresses=(127.0.88.{1..9})

listens() { (exec 3<>"/dev/tcp/$1/389") 2>/dev/null; }

free_address() {
    local address last='' first
    if [ -n "${KEEPSTEP_LAB_ADDRESS:-}" ]; then
        [[ " ${addresses[*]} " == *" $KEEPSTEP_LAB_ADDRESS "* ]] || fail "KEEPSTEP_LAB_ADDRESS must be one of ${addresses[*]}"
        if listens "$KEEPSTEP_LAB_ADDRESS"; then fail "something else listens on $KEEPSTEP_LAB_ADDRESS"; fi
        printf '%s\n' "$KEEPSTEP_LAB_ADDRESS"
        return
    fi
    # its own last one, else from a place of its own on: a domain that is down for a moment finds its address again
    [ ! -s "$lab/address" ] || last=$(<"$lab/address")
    first=$(($(cksum <<<"$lab" | cut -d ' ' -f 1) % ${#addresses[@]}))
    for address in ${last:+"$last"} "${addresses[@]:first}" "${addresses[@]:0:first}"; do
        if ! listens "$address"; then
            printf '%s\n' "$address"
            return
        fi
    done
    fail "all of ${addresses[*]} are taken"
}

# Prints the process id, if the pid file is that of a living samba that keeps this very file open.
running() {
    local pid
    [ -s "$pidfile" ] || return 1
    pid=$(tr -cd '0-9' <"$pidfile")
    [ -n "$pid" ] && find "/proc/$pid/fd" -lname "$pidfile" 2>/dev/null | grep -q . && printf '%s\n' "$pid"
}

# samba -D leads a process group of its own; zombies no longer hold anything
group() { ps -e -o pid=,pgid=,stat= | awk -v leader="$1" '$2 == leader && $3 !~ /^Z/ { print $1 }'; }

halt() { # [signal]
    local pid round
    local -a left
    pid=$(running) || return 0
    for round in $(seq 120); do
        mapfile -t left < <(group "$pid")
        [ "${#left[@]}" -gt 0 ] || break
        case $round in
            1) kill "-${1:-TERM}" "${left[@]}" 2>/dev/null || true ;;
            60) kill -KILL "${left[@]}" 2>/dev/null || true ;;
        esac
        sleep 0.05
    done
    rm -f "$pidfile"
}

answers() {
    LDAPTLS_CACERT=$lab/ca.pem ldapsearch -x -LLL -o nettimeout=2 -H "ldaps://$(<"$lab/address")" -s base -b '' dnsHostName \
        2>/dev/null | grep -qi "^dnsHostName: $dc.$domain"
}

launch() {
    local round address
    if running >/dev/null; then return; fi
    # one at a time from the choice of an address until it is taken: two domains that start together see the same one free
    exec 8<"${BASH_SOURCE[0]}"
    flock -w 120 8 || fail "another domain has been starting for too long"
    address=$(free_address)
    printf '%s\n' "$address" >"$lab/address"
    write_configuration "$address"
    mkdir -p "$lab"/{run,lock,cache,log,ncalrpc,winbindd,ntp_signd}
    # the daemon inherits neither the locks nor the caller's pipes; TDB_NO_FSYNC: durability is not what is tested
    (
        exec 8<&- 9>&-
        TDB_NO_FSYNC=1 exec samba -D -M single --configfile="$conf" </dev/null >>"$lab/log/start.log" 2>&1
    ) || fail "samba did not start: $(tail -3 "$lab/log/start.log" "$lab/log/samba.log" 2>&1)"
    for round in $(seq 400); do
        if answers; then
            exec 8<&-
            return
        fi
        sleep 0.05
    done
    tail -20 "$lab/log/samba.log" >&2 || true
    halt KILL
    fail "no answer over LDAPS within 20 s ($round tries); see $lab/log"
}

# ---------------------------------------------------------------- the domain

write_configuration() { # address
    cat >"$conf" <<CONF
[global]
	netbios name = ${dc^^}
	workgroup = $workgroup
	realm = $realm
	server role = active directory domain controller
	# a directory and a KDC, nothing else
	server services = ldap, cldap, kdc
	dcerpc endpoint servers =
	interfaces = $1/8
	bind interfaces only = yes
	private dir = $lab/private
	state directory = $lab/state
	cache directory = $lab/cache
	lock directory = $lab/lock
	pid directory = $lab/run
	ncalrpc dir = $lab/ncalrpc
	binddns dir = $lab/bind-dns
	ntp signd socket directory = $lab/ntp_signd
	winbindd socket directory = $lab/winbindd
	logging = file
	log file = $lab/log/samba.log
	max log size = 0
	panic action =
	# as a hardened Windows domain: no simple bind without TLS; Kerberos must seal on a plain connection
	ldap server require strong auth = allow_sasl_over_tls
	tls enabled = yes
	tls keyfile = $lab/private/tls/server-key.pem
	tls certfile = $lab/private/tls/server.pem
	tls cafile = $lab/private/tls/ca.pem

[sysvol]
	path = $lab/state/sysvol
	read only = no

[netlogon]
	path = $lab/state/sysvol/$domain/scripts
	read only = no
CONF
    cat >"$lab/krb5.conf" <<KRB
[libdefaults]
	default_realm = $realm
	dns_lookup_kdc = false
	dns_lookup_realm = false
	dns_canonicalize_hostname = false
	rdns = false
[realms]
	$realm = {
		kdc = $1
		kpasswd_server = $1
	}
[domain_realm]
	$1 = $realm
	.$domain = $realm
KRB
}

authority() { # file stem, subject: a self-signed certificate authority
    openssl req -x509 -new -newkey rsa:2048 -sha256 -nodes -days 3650 -subj "/CN=$2" \
        -addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign,cRLSign \
        -keyout "$1-key.pem" -out "$1.pem"
}

make_certificates() {
    local to=$lab/private/tls
    (
        umask 077
        mkdir -p "$to"
        authority "$to/ca" "Keepstep lab authority"
        authority "$to/stranger" "An authority that signed nothing here"
        openssl req -new -newkey rsa:2048 -sha256 -nodes -subj "/CN=$dc.$domain" \
            -keyout "$to/server-key.pem" -out "$to/server.csr"
        openssl x509 -req -in "$to/server.csr" -CA "$to/ca.pem" -CAkey "$to/ca-key.pem" -CAcreateserial -sha256 \
            -days 3650 -out "$to/server.pem" -extfile <(
                echo basicConstraints=critical,CA:false
                echo keyUsage=critical,digitalSignature,keyEncipherment
                echo extendedKeyUsage=serverAuth
                printf 'subjectAltName=DNS:%s.%s' "$dc" "$domain"
                printf ',IP:%s' "${addresses[@]}"
            )
    ) >"$lab/log/certificates.log" 2>&1 || fail "no certificates: $(tail -3 "$lab/log/certificates.log")"
    install -m 644 "$to/ca.pem" "$lab/ca.pem"
    install -m 644 "$to/stranger.pem" "$lab/stranger.pem"
}

make_domain() {
    local address
    usable || fail "programs are missing: run '$0 install'"
    clear_state
    rm -rf "${lab:?}"/{snapshots,made}
    mkdir -p "$lab"/{run,lock,cache,log,ncalrpc,winbindd,ntp_signd,private} "$lab/state/sysvol/$domain/scripts"
    write_configuration "${addresses[0]}"
    samba-tool domain provision --configfile="$conf" --realm="$realm" --domain="$workgroup" --server-role=dc \
        --dns-backend=NONE --host-ip="${addresses[0]}" --host-name="$dc" --adminpass="$password" >"$lab/log/provision.log" 2>&1 ||
        fail "no domain: $(tail -15 "$lab/log/provision.log")"
    make_certificates
    # Kerberos by address: no name service, no /etc/hosts
    for address in "${addresses[@]}"; do
        printf 'dn: CN=%s,OU=Domain Controllers,%s\nchangetype: modify\nadd: servicePrincipalName\n' "${dc^^}" "$base"
        printf 'servicePrincipalName: ldap/%s\n\n' "$address"
    done | ldbmodify -H "$lab/private/sam.ldb" --configfile="$conf" >>"$lab/log/provision.log" 2>&1 ||
        fail "no service names: $(tail -3 "$lab/log/provision.log")"
    keep new
    touch "$lab/made"
}

clear_state() { rm -rf "${lab:?}"/{private,state,cache,lock,run,ncalrpc,log,winbindd,ntp_signd,bind-dns}; }

keep() { # name; nothing may be running
    rm -rf "${lab:?}/snapshots/$1"
    mkdir -p "$lab/snapshots/$1"
    cp -a --sparse=always "$lab/private" "$lab/state" "$lab/snapshots/$1/"
}

go_back() { # name
    [ -d "$lab/snapshots/$1" ] || fail "no snapshot $1"
    clear_state
    mkdir -p "$lab/log"
    cp -a --sparse=always "$lab/snapshots/$1/private" "$lab/snapshots/$1/state" "$lab/"
}

# batch_mode: one index update for the whole file, without it every entry costs the more the more there are
load() { # LDIF file; nothing may be running
    mkdir -p "$lab/log"
    TDB_NO_FSYNC=1 ldbadd --nosync -o batch_mode:1 -o transaction_index_cache_size:200000 \
        -H "$lab/private/sam.ldb" --configfile="$conf" "$1" >"$lab/log/load.log" 2>&1 ||
        fail "nothing was added: $(tail -3 "$lab/log/load.log")"
}

print_env() {
    local address
    address=$(<"$lab/address")
    printf '%s=%s\n' ADDRESS "$address" LDAPS_URL "ldaps://$address" LDAP_URL "ldap://$address" BASE "$base" \
        REALM "$realm" WORKGROUP "$workgroup" HOST "$dc.$domain" ADMIN "administrator@$domain" PASSWORD "$password" \
        CA_FILE "$lab/ca.pem" STRANGER_CA_FILE "$lab/stranger.pem" KRB5_CONFIG "$lab/krb5.conf"
}

# ---------------------------------------------------------------- commands

command=${1:-help}
[ $# -eq 0 ] || shift
case $command in
    install)
        install_packages
        exit 0
        ;;
    start | stop | reset | snapshot | seed | load | status | env | tool | keytab | read-deleted | wipe) ;;
    *)
        sed -n '2,/^set -/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
        exit 2
        ;;
esac

[ "$lab" != / ] || fail "will not work in /"
mkdir -p "$lab"
lab=$(cd "$lab" && pwd)
conf=$lab/smb.conf pidfile=$lab/run/samba.pid
# parts of the state are deleted by name: never in a directory that somebody else filled
if [ ! -e "$lab/.keepstep-lab" ]; then
    [ -z "$(ls -A "$lab")" ] || fail "$lab is neither empty nor a lab"
    touch "$lab/.keepstep-lab"
fi
exec 9>"$lab/.lock"
flock -w 180 9 || fail "another samba.sh works in $lab"
export PATH=$PATH:/usr/sbin

have_domain() { [ -e "$lab/made" ] || make_domain; }

case $command in
    start)
        have_domain
        launch
        ;;
    stop) halt ;;
    reset)
        halt KILL
        if [ -e "$lab/made" ]; then go_back "${1:-new}"; else make_domain; fi
        launch
        ;;
    snapshot)
        [[ ${1:-} =~ ^[A-Za-z0-9-]+$ && $1 != new ]] || fail "snapshot needs a name"
        have_domain
        halt
        keep "$1"
        launch
        ;;
    seed)
        [[ ${1:-} =~ ^[0-9]+$ ]] || fail "seed needs a number"
        have_domain
        halt
        python3 "$here/people.py" "$1" "$base" ${2:+"$2"} >"$lab/seed.ldif"
        load "$lab/seed.ldif"
        rm -f "$lab/seed.ldif"
        launch
        ;;
    load)
        [ -r "${1:-}" ] || fail "load needs an LDIF file"
        have_domain
        halt
        load "$1"
        launch
        ;;
    status)
        if running >/dev/null; then echo "running at ldaps://$(<"$lab/address")"; else echo stopped && exit 3; fi
        ;;
    env)
        [ -e "$lab/address" ] || fail "there is no domain yet: run '$0 start'"
        print_env
        ;;
    tool)
        exec 9>&-
        exec samba-tool "$@" -s "$conf"
        ;;
    keytab)
        [ $# = 2 ] || fail "keytab needs an account and a file"
        rm -f "$2"
        samba-tool domain exportkeytab "$2" --principal="$1" -s "$conf" >/dev/null
        [ -z "${SUDO_UID:-}" ] || chown "$SUDO_UID" "$2"
        ;;
    read-deleted)
        [ $# = 1 ] || fail "read-deleted needs an account"
        /usr/bin/python3 "$here/read_deleted.py" "$conf" "$lab/private/sam.ldb" "$1"
        ;;
    wipe)
        halt KILL
        clear_state
        rm -rf "${lab:?}"/{snapshots,made,address,smb.conf,krb5.conf,ca.pem,stranger.pem,seed.ldif,.keepstep-lab,.lock}
        rmdir "$lab" 2>/dev/null || true
        ;;
esac
