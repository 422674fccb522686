import { readdirSync, readFileSync } from 'node:fs';

/** Where podman and docker look for authorities of single registries: containers-certs.d(5). */
const directories = ['/etc/containers/certs.d', '/etc/docker/certs.d'];

/** PEM texts of the authorities an administrator trusts for this host. */
export const certificatesFor = (host: string): readonly string[] =>
  directories.flatMap((directory) => {
    try {
      const files = readdirSync(`${directory}/${host}`).filter((name) => name.endsWith('.crt'));
      return files.map((name) => readFileSync(`${directory}/${host}/${name}`, 'utf8'));
    } catch {
      return [];
    }
  });
