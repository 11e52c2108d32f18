import { IconMail, IconMessageCircle, IconMessage2, IconPhone, IconPhoneCall } from '@tabler/icons-react';

import type { ChannelKind } from '../api/types';
import { useT } from '../i18n/t';

const icons = { voice: IconPhone, chat: IconMessageCircle, mail: IconMail, message: IconMessage2, callback: IconPhoneCall } as const;

/** How a contact came. */
export function ChannelIcon({ channel, size = 14 }: { channel: ChannelKind; size?: number }) {
  const t = useT();
  const Icon = icons[channel];
  return <Icon size={size} stroke={1.7} role="img" aria-label={t(`desk.channel_${channel}`)} style={{ flex: 'none' }} />;
}
