# A throwaway copy of this machine: its own file system above the real one, its own processes, /dev and /run. What is done in it leaves nothing behind.
# usage: unshare --mount --pid --fork sh machine.sh DIRECTORY SCRIPT ARGUMENT…
set -e
base=$1
script=$2
shift 2
mount --make-rprivate /
mount -t tmpfs tmpfs "$base"
mkdir "$base/upper" "$base/work" "$base/root"
cp "$script" "$base/script"
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$base/root"
root=$base/root
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts"
mount -t devpts devpts "$root/dev/pts" -o newinstance,ptmxmode=0666
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
chmod 1777 "$root/tmp"
cp "$base/script" "$root/tmp/script"
exec chroot "$root" /bin/sh /tmp/script "$@"
