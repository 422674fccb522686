/** Becomes a program, with its arguments, under Docker's filter of system calls: test/direct/docker.test.ts. */
import { getRawPointer } from 'node:ffi';
import { argv, execve } from 'node:process';
import { linuxSeccomp } from '../../src/abi/index.ts';
import { systemCall } from '../../src/host/kernel/libc.ffi.ts';
import { encoded } from '../../src/host/native/filter.ts';
import { dockersFilter } from './docker-profile.ts';

/** prctl(2), of x86-64, and PR_SET_NO_NEW_PRIVS: as Docker's --security-opt no-new-privileges, without which an ordinary user sets no filter. */
const [prctl, noNewPrivileges] = [157, 38];

const program = encoded(dockersFilter);
const fprog = new DataView(new ArrayBuffer(16));
fprog.setUint16(0, dockersFilter.length, true);
fprog.setBigUint64(8, getRawPointer(program), true);
systemCall(prctl, [noNewPrivileges, 1], 'prctl', '');
const { seccompOn, setModeFilter, flagTsync } = linuxSeccomp;
systemCall(seccompOn.x64.call, [setModeFilter, flagTsync, getRawPointer(fprog.buffer)], 'seccomp', '');
// By its path.
if (execve === undefined) throw new Error('this Node becomes no other program');
execve('/usr/bin/env', ['env', ...argv.slice(2)]);
