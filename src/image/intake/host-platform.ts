import type { Platform } from '../../oci/document/index.ts';

/** Node's names of processors, in Go's words. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', loong64: 'loong64' };

/** What runs here. */
export const hostPlatform = (): Platform => ({ os: 'linux', architecture: architectures[process.arch] ?? process.arch });
