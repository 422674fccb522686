# What a process inside may do, as sections of lines: status, nodes, hidden, writable, mounts.
echo == status
grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status
echo == nodes
find /dev \( -type b -o -type c \) -exec stat -c '%n %t:%T' {} + | sort
echo == hidden
for path in /proc/acpi /proc/asound /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list /proc/timer_stats /proc/sched_debug /proc/scsi \
  /sys/firmware /sys/fs/selinux /sys/dev/block /sys/devices/virtual/powercap /proc/interrupts /proc/key-users /proc/kallsyms; do
  if [ -d $path ]; then [ -n "$(ls -A $path 2>/dev/null)" ] || echo $path
  else [ -n "$(head -c 1 $path 2>/dev/null)" ] || echo $path; fi
done
echo == refused
for path in /proc/sysrq-trigger /proc/irq/default_smp_affinity /proc/bus /proc/fs /proc/asound \
  /proc/sys/kernel/core_pattern /proc/sys/kernel/panic /proc/sys/kernel/sysrq /proc/sys/kernel/randomize_va_space /proc/sys/kernel/pid_max \
  /proc/sys/kernel/hostname /proc/sys/vm/overcommit_memory /proc/sys/vm/swappiness /proc/sys/fs/file-max /proc/sys/net/ipv4/ip_forward \
  /sys/kernel/mm/ksm/run /sys/kernel/profiling /sys/power/state /sys/class/net/lo/mtu /sys/block/loop0/queue/scheduler \
  /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/devices/devices.allow /sys/fs/cgroup/pids/cgroup.procs; do
  if [ -d $path ]; then touch $path/isola-test 2>/dev/null || echo $path
  else (: >> $path) 2>/dev/null || echo $path; fi
done
echo == mounts
sed 's/ - .*//' /proc/self/mountinfo | cut -d ' ' -f 5,6
echo == processes
ls /proc | grep -c '^[0-9]'
