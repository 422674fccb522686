/** A page that has a computer in a browser's tab: what it is given, and who serves it. */

/** Addresses of files, relative to the page. */
export interface PageOffer {
  readonly memoryBytes: number;
  readonly interpreter: string;
  /** Absent where SeaBIOS wasn't there: then only a kernel begins. */
  readonly firmware?: string;
  readonly cards: Readonly<Record<string, string>>;
  readonly kernel?: string;
  readonly ramdisk?: string;
  readonly commandLine: string;
  readonly disks: readonly string[];
  readonly ahci: readonly string[];
  readonly nvme: readonly string[];
  readonly virtio: readonly string[];
  readonly floppies: readonly string[];
  readonly cd?: string;
  /** What media are, as `isola boot` says, by their addresses. */
  readonly stamps: Readonly<Record<string, string>>;
  /** A snapshot to go on from. */
  readonly restore?: string;
}

export interface ServedPage extends AsyncDisposable {
  /** Its URL, or the directory that it was written to: then nobody serves it. */
  readonly place: { readonly url: string } | { readonly directory: string };
}
