// Which invoices are listed and which one is open, kept in the address so that it can be sent to a colleague.
import { useNavigate, useSearch } from '@tanstack/react-router';

/** What stands in the address. `of` is the client of the open document, where the list is of all clients. */
export type InvoicePlace = { state?: string | undefined; q?: string | undefined; client?: string | undefined; invoice?: string | undefined; of?: string | undefined };

/** The place, and how to go to another: what is `undefined` leaves the address. */
export function usePlace(): [InvoicePlace, (next: InvoicePlace) => void] {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as InvoicePlace; // every screen with invoices keeps what is text in its address
  const go = (next: InvoicePlace): void => {
    const kept = Object.fromEntries(Object.entries({ ...search, ...next }).filter(([, value]) => value !== undefined && value !== ''));
    void navigate({ to: '.' as '/', search: kept as never, replace: true });
  };
  return [search, go];
}
