import { Image, ThemeIcon } from "@mantine/core";
import { IconCloud, IconFileText, IconSitemap, IconTable } from "@tabler/icons-react";
import { address } from "../../api/client";

const ICONS = { rest: IconCloud, active_directory: IconSitemap, ldap: IconSitemap, ldif: IconFileText, table: IconTable };

interface KindIconProps {
  kind: string;
  name?: string;
  /** changes when the logo does; empty: it has none */
  logo?: string;
  size?: number;
}

/** The logo of a connection, or what shows its kind. It says nothing that does not stand beside it. */
export function KindIcon({ kind, name = "", logo = "", size = 20 }: KindIconProps) {
  if (logo !== "") return <Image src={address(`/api/v1/connections/${encodeURIComponent(name)}/logo?mark=${logo}`)} alt="" w={size + 16} h={size + 16} fit="contain" radius="sm" />;
  const Icon = ICONS[kind as keyof typeof ICONS] ?? IconCloud;
  return (
    <ThemeIcon variant="light" size={size + 16} radius="md">
      <Icon size={size} stroke={1.6} aria-hidden />
    </ThemeIcon>
  );
}
