import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';

import { useT } from '../i18n/t';
import { Empty } from '../ui/Empty';

/** There is no such screen. */
export function Missing() {
  const t = useT();
  return (
    <main style={{ height: '100%' }}>
      <h1 className="visually-hidden">{t('shell.missing')}</h1>
      <Empty title={t('shell.missing')} action={<Anchor component={Link} to="/">{t('shell.missing_next')}</Anchor>} />
    </main>
  );
}
