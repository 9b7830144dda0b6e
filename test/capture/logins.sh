# Logs in and does things, in all the ways that are told apart, and prints what rsyslog wrote of it. usage: sh logins.sh PORT
set -e
port=$1
export LC_ALL=C
cat > /etc/rsyslog.conf <<'END'
module(load="imuxsock" SysSock.RateLimit.Interval="0")
auth,authpriv,cron.* action(type="omfile" file="/tmp/classic.log" template="RSYSLOG_TraditionalFileFormat")
auth,authpriv,cron.* action(type="omfile" file="/tmp/iso.log" template="RSYSLOG_FileFormat")
auth,authpriv,cron.* action(type="omfile" file="/tmp/5424.log" template="RSYSLOG_SyslogProtocol23Format")
END
rm -rf /etc/rsyslog.d
rsyslogd -n -i /tmp/rsyslogd.pid > /tmp/rsyslogd.out 2>&1 &
rsyslogd=$!
tries=0
until test -S /dev/log && test -f /tmp/rsyslogd.pid; do tries=$((tries + 1)); test $tries -lt 100; sleep 0.05; done

# A wrong password costs two seconds otherwise.
sed -i '/pam_unix.so/s/$/ nodelay/' /etc/pam.d/common-auth

useradd -m -s /bin/sh alice
useradd -m -s /bin/sh bob
useradd -m -s /usr/sbin/nologin carol
printf 'alice:right-1\nbob:right-2\ncarol:right-3\nroot:right-0\n' | chpasswd
groupadd ops
usermod -aG ops alice
gpasswd -d alice ops > /dev/null
userdel carol 2> /dev/null
printf 'alice ALL=(root) NOPASSWD: /usr/bin/id\nalice ALL=(root) PASSWD: /usr/bin/true\n' > /etc/sudoers.d/test
chmod 440 /etc/sudoers.d/test
printf 'Defaults passwd_tries=2, !lecture\n' > /etc/sudoers.d/defaults
chmod 440 /etc/sudoers.d/defaults

mkdir -p /run/sshd /home/alice/.ssh /tmp/keys
ssh-keygen -q -t ed25519 -N '' -f /tmp/keys/host
ssh-keygen -q -t ed25519 -N '' -f /tmp/keys/alice
ssh-keygen -q -t ed25519 -N '' -f /tmp/keys/stranger
ssh-keygen -q -t ed25519 -N '' -f /tmp/keys/ca
ssh-keygen -q -t ed25519 -N '' -f /tmp/keys/certified
ssh-keygen -q -s /tmp/keys/ca -I 'alice from 6.6.6.6 port 1 ssh2' -n alice -z 42 /tmp/keys/certified.pub 2> /dev/null
cp /tmp/keys/alice.pub /home/alice/.ssh/authorized_keys
chown -R alice: /home/alice/.ssh
cat > /tmp/sshd_config <<END
Port $port
ListenAddress 127.0.0.1
HostKey /tmp/keys/host
PidFile /run/sshd.pid
TrustedUserCAKeys /tmp/keys/ca.pub
UsePAM yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
PermitRootLogin no
DenyUsers bob
MaxAuthTries 3
Subsystem sftp internal-sftp -l VERBOSE
END
# It goes to the background first, and listens then: its process number is written after that.
/usr/sbin/sshd -f /tmp/sshd_config
tries=0
until test -s /run/sshd.pid; do tries=$((tries + 1)); test $tries -lt 100; sleep 0.05; done
printf '#!/bin/sh\necho "$ANSWER"\n' > /tmp/askpass
chmod 755 /tmp/askpass
export SSH_ASKPASS=/tmp/askpass SSH_ASKPASS_REQUIRE=force
common="-F none -p $port -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=QUIET -o ConnectTimeout=5"
password="$common -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1"
key="$common -o PasswordAuthentication=no -o IdentitiesOnly=yes"
as() { name=$1; shift; setpriv --reuid "$name" --regid "$name" --init-groups --reset-env "$@"; }

ANSWER=right-1 ssh $password alice@127.0.0.1 true
ANSWER=wrong ssh $password alice@127.0.0.1 true || true
ANSWER=wrong ssh $password 'nobody-here from 6.6.6.6 port 22 ssh2'@127.0.0.1 true || true
ANSWER=right-2 ssh $password bob@127.0.0.1 true || true
ANSWER=right-0 ssh $password root@127.0.0.1 true || true
ssh $key -i /tmp/keys/alice alice@127.0.0.1 true
ssh $key -i /tmp/keys/stranger alice@127.0.0.1 true || true
ssh $key -i /tmp/keys/certified -o CertificateFile=/tmp/keys/certified-cert.pub alice@127.0.0.1 true
ANSWER=wrong ssh $common -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=5 alice@127.0.0.1 true || true
echo secret > /home/alice/read.txt
printf 'get /home/alice/read.txt /tmp/got\nput /tmp/got /home/alice/written.txt\nrename /home/alice/written.txt /home/alice/moved.txt\nrm /home/alice/moved.txt\n' |
  sftp -q -b - -P "$port" -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=QUIET -o PasswordAuthentication=no -i /tmp/keys/alice alice@127.0.0.1 > /dev/null

as alice sudo -n /usr/bin/id > /dev/null
as alice sudo -n /usr/bin/true 2> /dev/null || true
printf 'wrong\nwrong\n' | as alice sudo -S /usr/bin/true 2> /dev/null || true
echo right-1 | as alice sudo -S /usr/bin/env 2> /dev/null || true
echo right-2 | as bob sudo -S /usr/bin/id 2> /dev/null || true
as alice sudo -n /usr/bin/id '; USER=eve ; COMMAND=/bin/true' 2> /dev/null || true
echo right-0 | as alice su root -c true > /dev/null 2>&1
echo wrong | as bob su root -c true > /dev/null 2>&1 || true
su alice -c true

kill $rsyslogd
wait $rsyslogd || true
for log in classic iso 5424; do
  echo "=== $log"
  cat /tmp/$log.log
done
