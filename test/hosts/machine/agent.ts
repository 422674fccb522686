/**
 * What answers inside: a service that carries out scripts it is sent over the second serial line. One line each way:
 * `NUMBER base64(script)` there, `NUMBER STATUS base64(stdout) base64(stderr)` back; `ready BOOT-ID` when it starts.
 */
const program = `#!/bin/bash
# The line discipline must not touch what goes through: stty(1), raw.
exec </dev/ttyS1 >/dev/ttyS1
stty raw -echo
echo "ready $(cat /proc/sys/kernel/random/boot_id)"
while read -r number script; do
  base64 -d <<< "$script" > /run/agent.sh
  bash /run/agent.sh < /dev/null > /run/agent.out 2> /run/agent.err
  echo "$number $? $(base64 -w0 /run/agent.out) $(base64 -w0 /run/agent.err)"
done
`;

const unit = `[Unit]
Description=Carries out the test's scripts
After=multi-user.target

[Service]
ExecStart=/usr/local/sbin/agent
Environment=HOME=/root LANG=C.UTF-8

[Install]
WantedBy=multi-user.target
`;

export const agentUnit = 'agent.service';
export const agentFiles = {
  'usr/local/sbin/agent': { text: program, mode: 0o755 },
  [`etc/systemd/system/${agentUnit}`]: { text: unit },
} as const;
