//! The functions of `-l`.

/// They work with some digits more than are asked for, and cut them off at the end.
pub const TEXT: &[u8] = b"\
define e(x){auto z,n,f,i,t,v,m
if(x<0){m=1;x=-x}
z=scale;scale=6
n=z+6+.44*x;scale=scale(x)+1
while(x>1){f+=1;x/=2;scale+=1}
scale=n;t=v=1
for(i=1;1;i++){t=t*x/i;if(t==0){while(f--)v=v*v
scale=z;if(m)return 1/v
return v/1}
v+=t}}
define l(x){auto z,f,v,n,i,t
if(x<=0){scale+=0;return (1-A^scale)/1}
z=scale;scale=6+z;f=2
while(x>=2){f*=2;x=sqrt(x)}
while(x<=.5){f*=2;x=sqrt(x)}
v=n=(x-1)/(x+1);t=n*n
for(i=3;1;i+=2){if((n*=t)==0||(x=n/i)==0){v=f*v
scale=z;return v/1}
v+=x}}
define s(x){auto z,n,m,i,t,v
z=scale;scale=1.1*z+4;v=a(1)
if(x<0){m=1;x=-x}
scale=0;n=(x/v+2)/4;x-=4*n*v
if(n%2)x=-x
scale=z+2;v=t=x;x=-x*x
for(i=3;1;i+=2){t*=x/(i*(i-1))
if(t==0){scale=z;if(m)return -v/1
return v/1}
v+=t}}
define c(x){auto z,v
z=scale;scale=scale*1.2;v=s(x+a(1)*2);scale=z;return v/1}
define a(x){auto z,f,n,i,t,v,m,k,a
m=k=1
if(x<0){m=-1;x=-x}
z=scale
if(z<99){if(x>.2){scale=z+5;a=a(.2)}
scale=z+3
while(x>.2){f+=1;x=(x-.2)/(1+x*.2)}}
if(z>=99){scale=z+9
while(x>.002){x=x/(1+sqrt(1+x*x));k*=2}}
v=n=x;t=-x*x
for(i=3;1;i+=2){n*=t
if((x=n/i)==0){v=f*a+k*v;scale=z;return v/m}
v+=x}}
define j(n,x){auto z,d,i,k,m,f,v,t
z=scale;scale=0;n/=1
if(n<0){n=-n;m=n%2}
f=1
for(i=2;i<=n;i++)f*=i
scale=1.5*z;f=x^n/2^n/f
v=t=1;k=-x*x/4;scale=1.5*z+length(f)-scale(f)
for(i=1;1;i++){t=t*k/i/(n+i)
if(t==0){scale=z;if(m)return -f*v/1
return f*v/1}
v+=t}}
";
