/** All that is true of the files of a directory, told by find(1), sha256sum(1) and Python: never by isola. */
import { sh } from './programs.ts';

const attributes = `
import os, sys
for at, directories, files in os.walk(b'.'):
    for name in sorted(directories + files):
        path = os.path.join(at, name)
        for key in sorted(os.listxattr(path, follow_symlinks=False)):
            print(path.decode('utf8', 'surrogateescape'), key, os.getxattr(path, key, follow_symlinks=False).hex())
`;

/** Sorted lines: kind, mode, owners, links, size, time, device, target; contents; extended attributes. */
export const inventory = (directory: string, options: { readonly times: boolean } = { times: true }): readonly string[] => {
  const within = (command: string): string => sh('sh', '-c', `cd "$0" && ${command}`, directory);
  // The size of a directory is its file system's business; the root itself is compared by nobody.
  const time = options.times ? '%T@' : '';
  const files = within(`find . -mindepth 1 -not -type d -printf '%p %y %m %U %G %n %s ${time} %l\\n'`);
  const directories = within(`find . -mindepth 1 -type d -printf '%p %y %m %U %G ${time}\\n'`);
  const devices = within(`find . '(' -type c -o -type b ')' -exec stat -c '%n %t %T' {} +`);
  const contents = within('find . -type f -exec sha256sum {} +');
  const names = sh('python3', '-c', `import os; os.chdir(${JSON.stringify(directory)})\n${attributes}`);
  return [files, directories, devices, contents, names]
    .flatMap((text) => text.split('\n'))
    .filter((line) => line !== '')
    .sort();
};
