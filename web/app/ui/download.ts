import { showError } from './toast';

/** Hands a text over as a file. */
export function download(text: string | Blob, name: string, type: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Hands over as a file what the server gives as a table at an address. */
export async function downloadFrom(at: string, name: string): Promise<void> {
  try {
    const response = await fetch(`/api/v1${at}`, { headers: { accept: 'text/csv' }, credentials: 'same-origin' });
    if (!response.ok) throw new Error(`${response.status}`);
    download(await response.blob(), name, 'text/csv');
  } catch (error) {
    showError(error);
  }
}
