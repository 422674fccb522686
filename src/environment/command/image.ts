/** Verbs about images. */
import { asText, choice } from './options.ts';
import { imageExport, imageRemoval, imageRow, imageRows } from './results.ts';
import { any, flag, one, some, value, values, verb } from './verb.ts';

export const list = verb({
  words: ['image', 'list'],
  summary: 'List the images that are here',
  operands: { references: any('IMAGE', 'image', 'only these') },
  options: { quiet: flag('digests only', { short: 'q' }) },
  examples: [{ line: 'image list', does: 'names, sizes, and who uses them' }],
  result: imageRows,
});

export const build = verb({
  words: ['image', 'build'],
  summary: 'Build a template',
  details:
    'debian/11, debian/12 and debian/13 come from the host’s own apt sources by mmdebstrap, with an init system; busybox from the package busybox-static. Building again replaces the name; environments keep what they have.',
  operands: { recipe: one('IMAGE', 'image', 'debian/12, debian/11, debian/13 or busybox') },
  options: {
    name: value('NAME', asText, 'name to keep it under', { usually: 'the recipe’s' }),
    include: values('PACKAGE', asText, 'Debian package beyond the usual; several by commas'),
    mirror: value('URL', asText, 'Debian mirror', { usually: 'the host’s apt sources' }),
  },
  examples: [
    { line: 'image build debian/12', does: 'make or renew the template' },
    { line: 'image build debian/12 --include nginx,curl --name web/1', does: 'a template of your own' },
  ],
  result: imageRow,
});

export const pull = verb({
  words: ['image', 'pull'],
  summary: 'Fetch an image from a registry',
  details: 'An interrupted pull goes on where it was; every byte is checked against its digest.',
  operands: { reference: one('IMAGE', 'image', 'oci:host/name:tag[@sha256:…]') },
  options: {
    name: value('NAME', asText, 'name to keep it under', { usually: 'the reference' }),
    platform: value('OS/ARCH', asText, 'which of a multi-platform image', { usually: 'this host’s' }),
    credentials: value('USER:PASSWORD', asText, 'for the registry', { usually: 'what podman login or docker login stored' }),
    insecure: flag('accept plain HTTP and unknown certificates'),
  },
  examples: [
    { line: 'image pull oci:docker.io/library/alpine:3.22', does: 'from Docker Hub' },
    { line: 'image pull oci:localhost:5000/app:1 --name app', does: 'from a local registry, under a short name' },
  ],
  result: imageRow,
});

const importVerb = verb({
  words: ['image', 'import'],
  summary: 'Take in an OCI layout or a tar of a root file system',
  operands: {
    path: one('PATH', 'host path', 'OCI layout (directory or tar), root file system tar (gzip, zstd, xz or plain), or -', {
      dash: 'input',
    }),
    name: one('NAME', 'nothing', 'name to keep it under'),
  },
  options: {},
  examples: [
    { line: 'image import ./app.oci.tar app', does: 'what skopeo, buildah or isola exported' },
    { line: 'image import rootfs.tar.gz old-system', does: 'any root file system' },
  ],
  result: imageRow,
});

export { importVerb as import };

const exportVerb = verb({
  words: ['image', 'export'],
  summary: 'Write an image as OCI layout or as a tar of its root file system',
  operands: {
    reference: one('IMAGE', 'image', 'image'),
    path: one('PATH', 'host path', 'where to; - is standard output', { dash: 'output' }),
  },
  options: {
    form: value(
      'FORM',
      choice('--form', ['oci', 'oci-dir', 'tar'] as const),
      'OCI layout in a tar, in a directory, or the root file system',
      {
        choices: ['oci', 'oci-dir', 'tar'],
        usually: 'oci',
      },
    ),
  },
  examples: [
    { line: 'image export debian/12 debian.oci.tar', does: 'for skopeo copy oci-archive:debian.oci.tar …' },
    { line: 'image export --form tar busybox - | tar t', does: 'the files' },
  ],
  result: imageExport,
});

export { exportVerb as export };

const deleteVerb = verb({
  words: ['image', 'delete'],
  summary: 'Delete images by name',
  operands: { references: some('IMAGE', 'image', 'images') },
  options: {},
  examples: [{ line: 'image delete debian/11', does: 'unless an environment uses it' }],
  result: imageRemoval,
});

export { deleteVerb as delete };

export const prune = verb({
  words: ['image', 'prune'],
  summary: 'Delete images that nothing needs',
  details: 'Never one that an environment uses.',
  operands: {},
  options: { all: flag('also those that have a name') },
  asks: { when: 'all', question: 'Delete every image that no environment uses?' },
  examples: [{ line: 'image prune', does: 'unnamed images and left-overs' }],
  result: imageRemoval,
});
