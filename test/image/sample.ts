/** An image with everything layers can have, made by umoci: three layers, the upper ones removing and replacing what is below. */
import { execFileSync } from 'node:child_process';
import { sh } from './programs.ts';

const bottom = `
set -e
mkdir -p bin etc/ssl usr/lib var/mail var/tmp opt/app/data opt/gone/deep home/user
chmod 2775 var/mail; chgrp 8 var/mail; chmod 1777 var/tmp; chmod 700 home/user; chown -R 1000:1000 home/user
cp /bin/busybox bin/busybox; chmod 4755 bin/busybox
ln -s busybox bin/sh; ln bin/busybox bin/hard; ln -s usr/lib lib; ln -s /nowhere etc/dangling
echo one > etc/one; echo two > etc/two; echo data > opt/app/data/file; echo x > opt/gone/deep/x; echo key > etc/ssl/key; chmod 0 etc/ssl/key
head -c 3000000 /dev/urandom > opt/app/random; : > opt/empty; mkfifo var/pipe; chown 5:6 var/pipe
mknod opt/null c 1 3; mknod opt/disk b 259 70000; chmod 640 opt/disk
echo name > "opt/$(printf 'gr\\303\\266\\303\\237e')"; mkdir -p "opt/$(printf 'n%.0s' $(seq 200))/$(printf 'm%.0s' $(seq 120))"
python3 -c "
import os
os.setxattr('bin/hard', 'security.capability', bytes.fromhex('0100000200200000000000000000000000000000'))
os.setxattr('etc/one', 'user.note', b'line\\n\\0binary\\xff=')
os.setxattr('opt/app', 'user.directory', b'yes')"
touch -d '2001-02-03 04:05:06 UTC' etc/one bin/sh var/tmp; touch -h -d '2002-02-03 UTC' etc/dangling
`;
const middle = `
set -e
rm etc/two; rm -r opt/gone; rm -r opt/app/data; echo now-a-file > opt/app/data
echo changed > etc/one; chmod 600 etc/one; mkdir etc/new; echo new > etc/new/file; echo merged > usr/lib/module
rm opt/empty; mkdir opt/empty; echo inside > opt/empty/inside; chown 33:33 opt/app
`;
const top = `
set -e
rm -r etc/new; mkdir etc/new; echo again > etc/new/other; ln etc/new/other opt/linked
rm etc/dangling; echo no-link > etc/dangling; rm lib; ln -s /usr/lib lib
`;

/** Makes `DIRECTORY/sample`, an OCI layout whose image is called `v1`; `directory/bundle` is left over. */
export const makeSample = (directory: string): string => {
  const [layout, bundle] = [`${directory}/sample`, `${directory}/bundle`];
  sh('umoci', 'init', '--layout', layout);
  sh('umoci', 'new', '--image', `${layout}:v1`);
  sh('umoci', 'unpack', '--image', `${layout}:v1`, bundle);
  for (const script of [bottom, middle, top]) {
    execFileSync('sh', ['-c', script], { cwd: `${bundle}/rootfs`, stdio: ['ignore', 'ignore', 'inherit'] });
    sh('umoci', 'repack', '--refresh-bundle', '--image', `${layout}:v1`, bundle);
  }
  const config = [
    '--config.cmd',
    '/bin/sh',
    '--config.env',
    'GREETING=hello',
    '--config.stopsignal',
    'SIGINT',
    '--config.workingdir',
    '/opt',
  ];
  sh('umoci', 'config', '--image', `${layout}:v1`, ...config);
  return layout;
};
