/**
 * Every example of the command table, in an order in which they make sense one after the other, with what has to be there before.
 * They are run as they are printed, but for names of places outside that a test may not touch.
 */
export interface Scene {
  /** As the table has it, without the leading `isola`. */
  readonly line: string;
  /** Shell commands that make what it is about. */
  readonly before?: string;
  /** Put before the whole line: what ends those that go on. */
  readonly within?: string;
  readonly exit?: number;
  /** What standard output must show. */
  readonly shows?: RegExp;
  /** Parts that are different here. */
  readonly instead?: readonly (readonly [from: string, to: string])[];
  /** Why it is only read, not run. */
  readonly only?: string;
}

const forAWhile = 'timeout --foreground --preserve-status --signal=INT 8';

export const scenes: readonly Scene[] = [
  // Debian, with its init system
  { line: 'image build debian/12', only: 'test/os-level/debian.ts does it, once for all that want one' },
  { line: 'run debian/12 -- cat /etc/os-release', shows: /^PRETTY_NAME="Debian GNU\/Linux 12/ },
  { line: 'launch debian/12 web -p 8080:80', instead: [['8080', String(20_000 + (process.pid % 20_000))]], shows: /^web +launched/ },
  { line: 'launch --wait debian/12 db --memory 1G --disk 10G', shows: /^db +launched/ },
  { line: 'wait web --for ready --timeout 1m', shows: /^web +ready/ },
  // It has no nginx: systemctl(1), exit status 4.
  { line: 'exec web -- systemctl status nginx', exit: 4 },
  { line: 'console web', exit: 0 },
  { line: 'image export debian/12 debian.oci.tar' },
  { line: 'start web db', shows: /web +unchanged[\s\S]*db +unchanged/ },
  { line: 'stop --grace 30s db', shows: /^db +stopped/ },
  { line: 'delete -f web db', shows: /web +deleted[\s\S]*db +deleted/ },

  // a light one of the same name
  { line: 'cp ./site web:/srv/www', before: 'mkdir site && echo hello > site/index.html && isola launch -q busybox web --hold' },
  { line: 'exec -u www-data -w /srv web -- ls -l', shows: / www\n/ },
  { line: 'cp web:/var/log/syslog .', before: "isola exec web -- sh -c 'mkdir -p /var/log && echo line > /var/log/syslog'" },
  { line: 'cp web:/etc - | tar t', shows: /passwd\n/ },
  { line: 'exec web -- tar c /etc > etc.tar' },
  { line: 'shell web' },
  { line: 'wait web --for port:80', before: 'isola exec web -- httpd -p 80 -h /srv/www', shows: /^web +port:80/ },
  { line: 'list', shows: /^NAME .*\nweb +running/ },
  { line: 'list --format json | jq -r ".[].address"', shows: /^10\.\d+\.\d+\.\d+\n$/ },
  { line: 'show web', shows: /web/ },
  { line: 'stats', shows: /^NAME .*\nweb / },
  { line: 'stats --watch web', within: forAWhile, shows: /\nweb / },
  { line: 'stats --interval 5s', shows: /\nweb .*%/ },
  { line: 'logs -n 20 --timestamps web' },
  { line: 'set web --memory 1G --cpus 1.5', shows: /^web +set/ },
  { line: 'set web --memory none', shows: /^web +set/ },
  { line: 'set web --technique paravirtualization', only: 'test/move does it, and back' },
  { line: 'set box --technique virtualization --live', only: 'test/emulation does it, and back' },
  { line: 'set web --onboot 10', only: 'it would have this machine call isola at boot' },
  { line: 'start --onboot' },
  { line: 'pause web', shows: /^web +paused/ },
  { line: 'resume web', shows: /^web +resumed/ },
  { line: 'restart web', shows: /^web +restarted/ },
  { line: 'snapshot create web before-upgrade', shows: /^web\/before-upgrade/ },
  { line: 'snapshot list web', shows: /before-upgrade/ },
  { line: 'stop web', shows: /^web +stopped/ },
  { line: 'snapshot restore web before-upgrade', shows: /^web\/before-upgrade/ },
  { line: 'snapshot delete web before-upgrade', shows: /^web\/before-upgrade/ },
  { line: 'clone web web2', shows: /^web2 / },
  { line: 'clone --start web/ready w1 w2 w3', before: 'isola snapshot create -q web ready', shows: /w1 [\s\S]*w2 [\s\S]*w3 / },
  { line: 'rename web web-old', shows: /^web-old +renamed/ },
  { line: 'delete web', before: 'isola rename -q web-old web', shows: /^web +deleted/ },

  // commands
  { line: 'launch busybox worker -- sh -c "while :; do date; sleep 60; done"', shows: /^worker +launched/ },
  { line: 'logs -f worker', within: forAWhile, exit: 130, shows: /\d\d:\d\d:\d\d/ },
  { line: 'wait job', before: 'isola launch -q busybox job -- sleep 1', shows: /^job +stopped/ },
  { line: 'run busybox' },
  {
    line: 'run --memory 256M --network none --timeout 10s busybox -- sh ./generated.sh',
    // The script is in the image of whoever follows the example; here nobody has put it there.
    exit: 2,
  },
  { line: 'run -v "$PWD:/work" -w /work oci:docker.io/library/node:26 -- npm test', only: 'it needs Docker Hub' },

  // images
  { line: 'image list', shows: /^NAME [\s\S]*busybox/ },
  { line: 'image export --form tar busybox - | tar t', shows: /bin\/busybox/ },
  { line: 'image import ./app.oci.tar app', before: 'isola image export -q busybox app.oci.tar', shows: /^app / },
  {
    line: 'image import rootfs.tar.gz old-system',
    before: 'isola image export --form tar busybox - | gzip > rootfs.tar.gz',
    shows: /^old-system /,
  },
  { line: 'image delete debian/11', before: 'isola image build -q busybox --name debian/11', shows: /debian\/11/ },
  { line: 'image prune' },
  { line: 'image build debian/12 --include nginx,curl --name web/1', only: 'one Debian is enough' },
  { line: 'image pull oci:docker.io/library/alpine:3.22', only: 'it needs Docker Hub' },
  { line: 'image pull oci:localhost:5000/app:1 --name app', only: 'test/image/registry does it, at a port of its own' },

  // what techniques cost
  ...[
    'disk.img',
    'debian-12-netinst.iso --memory 1G',
    'disk.img --display none --display png:screen.png',
    'disk.img --serial stdio --serial unix:/run/com2,server,wait=off',
    'debian.qcow2 --nvme data.img,format=raw',
    'disk.img --network unix:/run/passt.socket',
    'debian.qcow2,overlay=mine.qcow2',
  ].map((words) => ({
    ...{ line: `boot ${words}`, only: 'a computer goes on until somebody switches it off; test/boot does it' },
  })),
  {
    line: 'boot --board microvm --kernel vmlinuz --nvme root.img --append "console=ttyS0 root=/dev/nvme0n1"',
    only: 'test/boot does it, with a kernel of Debian’s',
  },
  { line: 'boot --kernel vmlinuz --initrd initrd.gz --append console=ttyS0', only: 'test/boot does it, with a kernel of Debian’s' },
  ...['record', 'replay'].map((word) => ({
    ...{ line: `boot disk.img --${word} run.isola`, only: 'a computer goes on until somebody switches it off; test/record does it' },
  })),
  { line: 'boot disk.img --control /run/vm1', only: 'a computer goes on until somebody switches it off; test/boot does it' },
  { line: 'boot disk.img --restore vm1.isola', only: 'a computer goes on until somebody switches it off; test/snapshot does it' },
  { line: 'boot disk.img --processor auto', only: 'a computer goes on until somebody switches it off; test/boot does it' },
  { line: 'boot disk.img --page 8080', only: 'a page is served until somebody interrupts it; test/browser does it' },
  { line: 'boot --kernel vmlinux --append console=ttyS0 --profile boot.folded', only: 'test/profile does it, with a program made there' },
  { line: 'boot disk.img --trace boot.txt,all,from=0x7c00,count=100000', only: 'test/trace does it, with a boot sector made there' },
  { line: 'boot --kernel program.bin --load-address 0x7c00 --entry 0x7c0:0', only: 'test/boot does it, with a program made there' },
  { line: 'compare', only: 'it takes two minutes; test/compare does it in seconds' },
  { line: 'compare debian/12 --full --chart costs.svg', only: 'it takes a quarter of an hour' },
  { line: 'compare --techniques os-level', only: 'it takes two minutes' },
  { line: 'compare --last --format csv', exit: 1 },

  // isola and its host
  { line: 'doctor', shows: /os-level +good/ },
  { line: 'doctor --repair', shows: /os-level +good/ },
  { line: 'version --format json', shows: /"isola": "\d/ },
  { line: 'completion bash > /etc/bash_completion.d/isola', instead: [['/etc/bash_completion.d/isola', 'isola.bash']] },
  { line: 'completion zsh > /usr/local/share/zsh/site-functions/_isola', instead: [['/usr/local/share/zsh/site-functions', '.']] },
  { line: 'completion fish > ~/.config/fish/completions/isola.fish', instead: [['~/.config/fish/completions', '.']] },
];
