/// The functions that make a client from connection settings, and the session of such a client; the same for every
/// SDK. A macro, so that they are inherent methods with the SDK's own documentation.
///
/// The client needs the field `$session: Option<OAuth2>` with the feature `oauth`; the builder needs the method
/// `of_connection(&ResolvedConnection, Credential)`. `or_env` may name a function that makes the builder from other
/// variables; it returns `None` if those are not set.
#[doc(hidden)]
#[macro_export]
macro_rules! __client_connections {
    (
        vendor: $vendor:expr,
        client: $client:ident,
        builder: $builder:ident,
        session: $session:ident,
        $(or_env: $or_env:path,)?

        $(#[$from_env:meta])*
        from_env;
        $(#[$from_profile:meta])*
        from_profile;
        $(#[$from_connection:meta])*
        from_connection;
        $(#[$session_of:meta])*
        session;
        $(#[$sign_in:meta])*
        sign_in_if_needed;
    ) => {
        impl $client {
            $(#[$from_env])*
            pub fn from_env() -> Result<Self, $crate::Error> {
                $builder::from_env()?.build()
            }

            $(#[$from_profile])*
            #[cfg(feature = "profiles")]
            pub fn from_profile(name: &str) -> Result<Self, $crate::Error> {
                $builder::from_profile(name)?.build()
            }

            $(#[$from_connection])*
            #[cfg(feature = "oauth")]
            pub fn from_connection(
                connection: &::oneteg_auth::ResolvedConnection,
                store: ::std::sync::Arc<dyn ::oneteg_auth::TokenStore>,
            ) -> Result<$builder, $crate::Error> {
                let vendor: ::oneteg_auth::Vendor = $vendor;
                if connection.connector.vendor() != vendor {
                    return Err($crate::Error::new(
                        $crate::ErrorKind::Configuration,
                        format!(
                            "the connection is for another vendor; use one with a {vendor} connector"
                        ),
                    ));
                }
                Ok($builder::of_connection(connection, connection.credential(store)?))
            }

            $(#[$session_of])*
            #[cfg(feature = "oauth")]
            pub fn session(&self) -> Option<&::oneteg_auth::OAuth2> {
                self.$session.as_ref()
            }

            $(#[$sign_in])*
            #[cfg(feature = "oauth")]
            pub async fn sign_in_if_needed(
                &self,
                show: impl FnOnce(&$crate::reqwest::Url),
            ) -> Result<Option<::oneteg_auth::SignedIn>, $crate::Error> {
                match &self.$session {
                    Some(session) => Ok(session.sign_in_if_needed(show).await?),
                    None => Ok(None),
                }
            }
        }

        impl $builder {
            /// Like [`Client::from_env`], but returns the builder for more settings.
            ///
            /// # Errors
            /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if a variable is missing or invalid.
            pub fn from_env() -> Result<Self, $crate::Error> {
                $(
                    if let Some(builder) = $or_env()? {
                        return Ok(builder);
                    }
                )?
                let connection = ::oneteg_auth::Connection::from_env($vendor)?.resolve()?;
                let credential = connection.default_credential()?;
                Ok(Self::of_connection(&connection, credential))
            }

            /// Like [`Client::from_profile`], but returns the builder for more settings.
            ///
            /// # Errors
            /// As [`Client::from_profile`].
            #[cfg(feature = "profiles")]
            pub fn from_profile(name: &str) -> Result<Self, $crate::Error> {
                Self::from_profile_in(&::oneteg_auth::Profiles::open()?, name)
            }

            /// Like [`from_profile`](Self::from_profile), with the profiles of another folder.
            ///
            /// # Errors
            /// As [`Client::from_profile`].
            #[cfg(feature = "profiles")]
            pub fn from_profile_in(
                profiles: &::oneteg_auth::Profiles,
                name: &str,
            ) -> Result<Self, $crate::Error> {
                let connection = profiles.resolve(name, $vendor)?;
                let credential = profiles.credential(&connection)?;
                Ok(Self::of_connection(&connection, credential))
            }
        }
    };
}
