// What a screen shows, as a file: CSV for programs, a workbook for people.
import { Button, Menu } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { IconDownload, IconFileSpreadsheet, IconFileTypeCsv } from '@tabler/icons-react';

import { useT } from '../i18n/t';

/** The forms, by the ending of their files. */
const FORMS = { csv: 'text/csv', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' } as const;

/** A menu that takes what is shown as a file called `name`; `fetchAs` asks for it with an `accept`. */
export function Export({ name, disabled, fetchAs, only }: { name: string; disabled: boolean; fetchAs: (accept: string) => Promise<Blob | undefined>; only?: 'csv' }) {
  const t = useT();
  const take = useMutation({
    mutationFn: async (form: keyof typeof FORMS) => {
      const file = await fetchAs(FORMS[form]);
      if (!file) return;
      const link = document.createElement('a');
      link.href = URL.createObjectURL(file);
      link.download = `${name}.${form}`;
      link.click();
      URL.revokeObjectURL(link.href);
    },
  });
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={14} />} loading={take.isPending} disabled={disabled}>{t('reports.export')}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {!only && <Menu.Item leftSection={<IconFileSpreadsheet size={15} />} onClick={() => take.mutate('xlsx')}>{t('reports.export_xlsx')}</Menu.Item>}
        <Menu.Item leftSection={<IconFileTypeCsv size={15} />} onClick={() => take.mutate('csv')}>{t('reports.export_csv')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
